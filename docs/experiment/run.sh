#!/usr/bin/env bash
# The experiment: the material, the whole grid, the page. Usage: docs/experiment/run.sh DIR [compare's options].
# It may be stopped and started again at any moment; the whole grid takes a night on two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=${1:?a folder that is new, or that of an earlier start}
shift
mkdir -p "$(dirname "$place")"
[ -e "$place" ] || npm run --silent experiment:prepare -- "$place"
[ -e dist/cli/main.js ] || npm run --silent build
heirloom="$PWD/dist/cli/main.js"
cd "$place"
node "$heirloom" compare \
  --model models/resnet50-32 --model models/face-64 \
  --data images/digits --data images/fashion --data images/stamps \
  --per-class 5,10,20,50 --seeds 5 --rates 0.3,1,3,10 --search "first seed" --controls \
  --epochs 20 --patience 6 --validation 0.2 --held-out 30 --backend onnx --jobs 2 -o results "$@"
node "$heirloom" report results
