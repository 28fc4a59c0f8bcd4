#!/usr/bin/env bash
# Links tfjs-node's native addon to the libtensorflow inside an installed TensorFlow Python wheel.
# docs/tfjs-node.md says why and what was measured.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: link-tensorflow.sh [options]

Compile the native addon of @tensorflow/tfjs-node (or @tensorflow/tfjs-node-gpu) against the libtensorflow
of an installed TensorFlow Python wheel, put it where the package looks for it, and try it.

  --package DIR     the npm package to link; default: tfjs-node, else tfjs-node-gpu, in ./node_modules/@tensorflow
  --python EXE      the Python whose environment holds TensorFlow; default: python3
  --tensorflow DIR  the installed tensorflow folder itself, instead of asking a Python
  --headers DIR     the folder with Node.js's node_api.h; default: found beside node or in node-gyp's cache
  --no-test         do not run the linked package
  -h, --help        print this

Before it, for the CPU:
  python3 -m venv ~/tensorflow && ~/tensorflow/bin/pip install --no-deps tensorflow-cpu
  npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0
  link-tensorflow.sh --python ~/tensorflow/bin/python
for an NVIDIA GPU: pip install 'tensorflow[and-cuda]' and @tensorflow/tfjs-node-gpu@4.22.0 instead.

It needs Linux, Node.js below 23 and a C++17 compiler (CXX, g++ or c++). It writes only inside the package,
and may be run again, which a moved or upgraded TensorFlow calls for. Exit codes: 0 linked, 1 something is
missing or the linked package does not run, 2 wrong options.
TEXT
}

fail() {
  printf 'link-tensorflow: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '  %s\n' "${@:2}" >&2
  exit 1
}

wrong() {
  printf 'link-tensorflow: %s (--help lists the options)\n' "$1" >&2
  exit 2
}

package='' python=python3 tensorflow='' headers='' tests=yes
while [ $# -gt 0 ]; do
  case $1 in
    --package | --python | --tensorflow | --headers)
      [ $# -ge 2 ] || wrong "$1 needs a value"
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    --no-test) tests=no && shift ;;
    -h | --help) usage && exit 0 ;;
    *) wrong "unknown option $1" ;;
  esac
done

# The machine.
[ "$(uname -s)" = Linux ] ||
  fail "found $(uname -s), expected Linux: the wheels of other systems name and load their libraries otherwise"
command -v node >/dev/null || fail 'node is not on the PATH' 'install Node.js 20 or 22'
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -lt 23 ] ||
  fail "found Node.js $major, expected one below 23: tfjs-node 4.22 calls util.isNullOrUndefined, which 23 removed" \
    'use Node.js 20 or 22'
compiler=${CXX:-}
for candidate in g++ c++; do
  [ -n "$compiler" ] || ! command -v "$candidate" >/dev/null || compiler=$candidate
done
[ -n "$compiler" ] || fail 'no C++ compiler: none of CXX, g++, c++' 'Debian, Ubuntu: apt install g++'
command -v "$compiler" >/dev/null || fail "CXX names $compiler, which is not there"

# The npm package.
if [ -z "$package" ]; then
  for name in tfjs-node tfjs-node-gpu; do
    [ -n "$package" ] || [ ! -d "node_modules/@tensorflow/$name" ] || package=node_modules/@tensorflow/$name
  done
  [ -n "$package" ] ||
    fail 'no tfjs-node under ./node_modules/@tensorflow' \
      'npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0, or name its folder with --package'
fi
[ -d "$package" ] || fail "no folder $package (--package)"
package=$(cd "$package" && pwd -P)
for file in package.json binding/tfjs_backend.cc binding/tfjs_binding.cc; do
  [ -f "$package/$file" ] || fail "$package has no $file: it is not the package of tfjs-node" \
    'npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0'
done
name=$(node -p 'require(process.argv[1]).name' "$package/package.json")
version=$(node -p 'require(process.argv[1]).version' "$package/package.json")
[ "$version" = 4.22.0 ] || printf 'note: this was tried with version 4.22.0 of %s, and here is %s\n' "$name" "$version"
# The package's own rule for where its addon lies: lib/napi-v8/tfjs_binding.node with Node.js 20.
addon=$(cd "$package" && node -p 'require("@mapbox/node-pre-gyp").find(require("path").resolve("package.json"))') ||
  fail "$name does not find its dependencies" 'install it with npm, which puts them beside it'
napi=$(basename "$(dirname "$addon")")
napi=${napi#napi-v}
case $addon in "$package"/*) ;; *) fail "$name looks for its addon outside itself, at $addon" ;; esac

# Node.js's headers. N-API is stable across versions, so those of any recent one do.
if [ -z "$headers" ]; then
  node=$(readlink -f "$(command -v node)")
  current=$(node -p process.versions.node)
  for candidate in \
    "${npm_config_nodedir:+$npm_config_nodedir/include/node}" \
    "$(dirname "$(dirname "$node")")/include/node" \
    "${npm_config_devdir:-${XDG_CACHE_HOME:-$HOME/.cache}/node-gyp}/$current/include/node"; do
    [ -n "$headers" ] || [ ! -f "$candidate/node_api.h" ] || headers=$candidate
  done
  [ -n "$headers" ] ||
    fail "no headers of Node.js $current beside $node or in node-gyp's cache" \
      '`npx node-gyp install` fetches them; or name the folder of node_api.h with --headers'
fi
[ -f "$headers/node_api.h" ] || fail "no node_api.h in $headers (--headers)"

# TensorFlow. Asking where it lies does not import it, so its Python dependencies need not be there.
if [ -z "$tensorflow" ]; then
  command -v "$python" >/dev/null || fail "no $python" 'name a Python with --python, or the folder with --tensorflow'
  tensorflow=$("$python" -c '
import importlib.util
spec = importlib.util.find_spec("tensorflow")
print(spec.submodule_search_locations[0] if spec else "")')
  [ -n "$tensorflow" ] ||
    fail "no TensorFlow in the environment of $python" \
      "for the CPU: $python -m pip install --no-deps tensorflow-cpu" \
      "for an NVIDIA GPU: $python -m pip install 'tensorflow[and-cuda]'"
fi
[ -d "$tensorflow" ] || fail "no folder $tensorflow (--tensorflow)"
tensorflow=$(cd "$tensorflow" && pwd -P)
libraries=("$tensorflow/libtensorflow_cc.so.2" "$tensorflow/libtensorflow_framework.so.2")
for file in "${libraries[@]}" "$tensorflow/include/tensorflow/c/eager/c_api.h"; do
  [ -f "$file" ] || fail "no $file" 'wheels of TensorFlow 2.12 and later have it; install a newer one'
done
information=$tensorflow/python/platform/build_info.py
built='for the CPU'
if grep -qs "'is_cuda_build', True" "$information"; then
  built="for CUDA $(sed -n "s/.*'cuda_version', '\([^']*\)'.*/\1/p" "$information")"
  [ -d "$tensorflow/../nvidia" ] ||
    printf 'note: no CUDA libraries beside this TensorFlow: pip install "tensorflow[and-cuda]", or have them on LD_LIBRARY_PATH\n'
fi

# Compile. The path of the libraries goes into the addon whole: a wheel's libtensorflow looks for CUDA's
# libraries from the folder it lies in, so a link to it from inside the package would not do.
printf 'linking %s %s to %s (built %s)\n' "$name" "$version" "$tensorflow" "$built"
mkdir -p "$(dirname "$addon")"
trap 'rm -f "$addon.new"' EXIT
"$compiler" -std=c++17 -O2 -fPIC -shared "-DNAPI_VERSION=$napi" \
  -I"$headers" -I"$tensorflow/include" \
  "$package/binding/tfjs_backend.cc" "$package/binding/tfjs_binding.cc" \
  "${libraries[@]}" -Xlinker -rpath -Xlinker "$tensorflow" -o "$addon.new" ||
  fail "$compiler could not build the addon (see above)"
mv -f "$addon.new" "$addon"
printf 'wrote %s\n' "$addon"
[ "$tests" = yes ] || exit 0

# Try it: a convolution of whole numbers and its gradients, whose every entry is known.
TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL:-2} node -e '
const tf = require(process.argv[1]);
const x = tf.ones([2, 5, 5, 3]);
const w = tf.ones([3, 3, 3, 4]);
const [dx, dw] = tf.grads((a, b) => tf.sum(tf.conv2d(a, b, 1, "valid")))([x, w]);
const sums = [tf.conv2d(x, w, 1, "valid"), dx, dw].map((t) => t.sum().arraySync());
const right = [2 * 9 * 4 * 27, 2 * 9 * 4 * 27, 2 * 9 * 4 * 27];
const backend = tf.backend();
const device = backend.isUsingGpuDevice ? "an NVIDIA GPU" : "the CPU";
if (String(sums) !== String(right)) throw new Error(`a convolution came out as ${sums} instead of ${right}`);
console.log(`it runs: libtensorflow ${backend.binding.TF_Version} on ${device}`);
if (backend.isGPUPackage && !backend.isUsingGpuDevice) {
  console.error("tfjs-node-gpu found no GPU that it can use");
  process.exitCode = 1;
}
' "$package" || fail 'the linked package does not run here (see above)'
