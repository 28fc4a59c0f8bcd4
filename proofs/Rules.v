(** * The rules of the checker

    One rule per conversion of layers. A rule compares a layer of the target with the one or two
    layers of the source that it replaces, and knows nothing of how the target was made. Where it
    finds no fault, there is a layer that means exactly what the source means and whose weights the
    target's are, up to what [near] allows ([single_ok], [double_ok] in Checker.v). *)
From Coq Require Import List Arith Bool Ring Lia.
Import ListNotations.
From Heirloom Require Import Sum Node Grid Windows Graph Layer Verdict.
Local Open Scope K_scope.

Section Rules.
Context {K : cring}.
Add Ring K_ring_rules : (cring_law K).
Variables same near : K -> K -> bool.

Notation op := (op (K:=K)).
Notation layer := (layer (K:=K)).
Notation verdict := (verdict (K:=K)).
Notation kernel_weights := (kernel_weights (K:=K)).
Notation pair_weights := (pair_weights (K:=K)).
Notation channel_weights := (channel_weights (K:=K)).

Inductive rule :=
| Keep                                          (* the layer is the source's *)
| Unit                                          (* T3_unit: gates of one *)
| Merge                                         (* T4_merge: gate times kernel *)
| Embed (centre : position)                     (* T1_embed: dense weights at the centre tap *)
| Collapse (centre : option position)           (* T2_collapse: one tap acts *)
| Fold                                          (* T6_bn_fold: a map per channel, absorbed *)
| Pad                                           (* T6_pad: zero padding, absorbed *)
| Ungroup                                       (* T6_groups: zeros between groups *)
| Enlarge (offset factor : list nat).           (* T6_push: a kernel in a larger window *)

Definition none_at : pair_weights := fun _ _ => 0.
Definition ones : pair_weights := fun _ _ => 1.
Definition kind : verdict := Some (Static Kind).
Definition biases (found expected : channel_weights) (m : nat) : verdict :=
  cells same Bias [] 0 m found expected.

(** ** Keep *)
Definition keep (target source : op) : verdict :=
  match target, source with
  | Conv f' F' b', Conv f F b =>
      frames f' f ;; kernels same f F' F ;; biases b' b (outputs f)
  | Proj f' F' g' b', Proj f F g b =>
      frames f' f ;; kernels same f F' F ;;
      pairs same Gates [] (inputs f) (outputs f) g' g ;; biases b' b (outputs f)
  | Dense n' m' w' b', Dense n m w b =>
      need ((n' =? n)%nat && (m' =? m)%nat) Channels ;;
      pairs same Weights [] n m w' w ;; biases b' b m
  | Affine m' s' t', Affine m s t =>
      need (m' =? m)%nat Channels ;; cells same Scale [] 0 m s' s ;; cells same Shift [] 0 m t' t
  | Norm m' c' b' a' v', Norm m c b a v =>
      need (m' =? m)%nat Channels ;; cells same Gamma [] 0 m c' c ;; cells same Beta [] 0 m b' b ;;
      cells same Mean [] 0 m a' a ;; cells same Deviation [] 0 m v' v
  | ZeroPad e' l' h', ZeroPad e l h =>
      need (same_numbers e' e && same_numbers l' l && same_numbers h' h) Geometry
  | Opaque i', Opaque i => need (i' =? i)%nat Kind
  | _, _ => kind
  end.

(** ** Projection *)
Definition unit (target source : op) : verdict :=
  match target, source with
  | Proj f' F' g' b', Conv f F b =>
      frames f' f ;; kernels same f F' F ;;
      pairs same Gates [] (inputs f) (outputs f) g' ones ;; biases b' b (outputs f)
  | _, _ => kind
  end.

Definition gated (g : pair_weights) (F : kernel_weights) : kernel_weights := fun t =>
  let Ft := F t in fun k =>
  let gk := g k in
  let Ftk := Ft k in fun j => gk j * Ftk j.
Definition merge (target source : op) : verdict :=
  match target, source with
  | Conv f' F' b', Proj f F g b =>
      frames f' f ;; kernels near f F' (gated g F) ;; biases b' b (outputs f)
  | _, _ => kind
  end.

(** ** Embedding *)
Definition at_tap (c : position) (w : pair_weights) : kernel_weights := fun t =>
  if same_numbers t c then w else none_at.
Definition starts_at_zero (f : frame) : bool :=
  all_below (outputs f) 0 (fun j => first_input f j =? 0)%nat.
Definition embed (centre : position) (extents : list nat) (target source : op) : verdict :=
  match target, source with
  | Conv f' F' b', Dense n m w b =>
      need ((inputs f' =? n)%nat && (outputs f' =? m)%nat && starts_at_zero f') Channels ;;
      need (same_numbers (input_extents f') extents) Extents ;;
      need ((length (axes f') =? length extents)%nat && is_centre (axes f') centre) Centre ;;
      kernels same f' F' (at_tap centre w) ;; biases b' b m
  | _, _ => kind
  end.

(** ** Groups, and dense layers *)
Definition in_group (f : frame) (j n : nat) : bool :=
  let first := first_input f j in ((first <=? n) && (n <? first + inputs f))%nat.
Definition spread_pairs (f : frame) (w : pair_weights) : pair_weights := fun n j =>
  if in_group f j n then w (n - first_input f j)%nat j else 0.
Definition spread (f : frame) (F : kernel_weights) : kernel_weights := fun t =>
  spread_pairs f (F t).
(** Every output channel reads channels that are there. *)
Definition reads_below (f : frame) (n : nat) : bool :=
  all_below (outputs f) 0 (fun j => first_input f j + inputs f <=? n)%nat.

Definition is_tap (t : position) (centre : option position) : bool :=
  match centre with Some c => same_numbers t c | None => false end.
Definition at_centre (f : frame) (centre : option position) (F : kernel_weights) : pair_weights :=
  match centre with Some c => spread_pairs f (F c) | None => none_at end.
Definition collapse (centre : option position) (extents : list nat) (target source : op)
  : verdict :=
  match target, source with
  | Dense n m w' b', Conv f F b =>
      need ((outputs f =? m)%nat && reads_below f n) Channels ;;
      need (same_numbers (input_extents f) extents) Extents ;;
      need (match centre with
            | Some c => inside (map kernel (axes f)) c && own (axes f) extents c
            | None => true
            end) Centre ;;
      each_tap (taps_of (axes f)) (fun t =>
        if is_tap t centre then None
        else if dead (axes f) extents t then None
        else pairs same Kernel t (inputs f) m (F t) none_at) ;;
      pairs same Weights [] n m w' (at_centre f centre F) ;; biases b' b m
  | _, _ => kind
  end.

Definition ungrouped (f' f : frame) : verdict :=
  need (same_axes (axes f') (axes f)) Geometry ;;
  need (same_numbers (input_extents f') (input_extents f)) Extents ;;
  need ((outputs f' =? outputs f)%nat && starts_at_zero f' && reads_below f (inputs f')) Channels.
Definition ungroup (target source : op) : verdict :=
  match target, source with
  | Conv f' F' b', Conv f F b =>
      ungrouped f' f ;; kernels same f' F' (spread f F) ;; biases b' b (outputs f)
  | Proj f' F' g' b', Proj f F g b =>
      ungrouped f' f ;; kernels same f' F' (spread f F) ;;
      pairs same Gates [] (inputs f) (outputs f)
        (fun k j => g' (first_input f j + k)%nat j) g ;;
      biases b' b (outputs f)
  | _, _ => kind
  end.

(** ** Larger windows *)
Definition laid (f : frame) (offset factor : list nat) (F : kernel_weights) : kernel_weights :=
  fun u => match tap_back (axes f) offset factor u with Some t => F t | None => none_at end.
Definition enlarged_frame (offset factor : list nat) (f' f : frame) : verdict :=
  need (enlarged (axes f') (axes f) offset factor) Geometry ;;
  need (same_numbers (input_extents f') (input_extents f)) Extents ;;
  need (same_channels f' f) Channels.
Definition enlarge (offset factor : list nat) (target source : op) : verdict :=
  match target, source with
  | Conv f' F' b', Conv f F b =>
      enlarged_frame offset factor f' f ;; kernels same f' F' (laid f offset factor F) ;;
      biases b' b (outputs f)
  | Proj f' F' g' b', Proj f F g b =>
      enlarged_frame offset factor f' f ;; kernels same f' F' (laid f offset factor F) ;;
      pairs same Gates [] (inputs f) (outputs f) g' g ;; biases b' b (outputs f)
  | _, _ => kind
  end.

(** ** Maps per channel *)
Definition map_scale (map : op) : option (nat * channel_weights) :=
  match map with
  | Affine m s _ => Some (m, s)
  | Norm m gamma _ _ inverse => Some (m, fun j => gamma j * inverse j)
  | _ => None
  end.
Definition map_shift (map : op) : channel_weights :=
  match map with
  | Affine _ _ t => t
  | Norm _ gamma beta mean inverse => fun j => beta j - mean j * (gamma j * inverse j)
  | _ => fun _ => 0
  end.
Definition scaled_pairs (s : channel_weights) (w : pair_weights) : pair_weights := fun k =>
  let wk := w k in fun j => s j * wk j.
Definition scaled (s : channel_weights) (F : kernel_weights) : kernel_weights := fun t =>
  scaled_pairs s (F t).
Definition shifted (s t b : channel_weights) : channel_weights := fun j => s j * b j + t j.
Definition fold_into (m : nat) (s t : channel_weights) (target linear : op) : verdict :=
  match target, linear with
  | Conv f' F' b', Conv f F b =>
      frames f' f ;; need (outputs f =? m)%nat Channels ;;
      kernels near f F' (scaled s F) ;; cells near Bias [] 0 m b' (shifted s t b)
  | Proj f' F' g' b', Proj f F g b =>
      frames f' f ;; need (outputs f =? m)%nat Channels ;;
      kernels near f F' (scaled s F) ;; pairs same Gates [] (inputs f) (outputs f) g' g ;;
      cells near Bias [] 0 m b' (shifted s t b)
  | Dense n' m' w' b', Dense n m1 w b =>
      need ((n' =? n)%nat && (m' =? m1)%nat && (m1 =? m)%nat) Channels ;;
      pairs near Weights [] n m w' (scaled_pairs s w) ;;
      cells near Bias [] 0 m b' (shifted s t b)
  | _, _ => kind
  end.
Definition fold (target linear map : op) : verdict :=
  match map_scale map with
  | Some (m, s) => fold_into m s (map_shift map) target linear
  | None => kind
  end.

(** ** Zero padding *)
Definition padded_frame (f' f : frame) (between e l h : list nat) : verdict :=
  need (padded_axes (axes f') (axes f) l h) Geometry ;;
  need (same_numbers (input_extents f') e && same_numbers (input_extents f) between &&
        padded_extents between e l h) Extents ;;
  need (same_channels f' f) Channels.
Definition pad (between : list nat) (target zeros reader : op) : verdict :=
  match zeros with
  | ZeroPad e l h =>
      match target, reader with
      | Conv f' F' b', Conv f F b =>
          padded_frame f' f between e l h ;; kernels same f F' F ;; biases b' b (outputs f)
      | Proj f' F' g' b', Proj f F g b =>
          padded_frame f' f between e l h ;; kernels same f F' F ;;
          pairs same Gates [] (inputs f) (outputs f) g' g ;; biases b' b (outputs f)
      | _, _ => kind
      end
  | _ => kind
  end.

(** ** All of them *)
Definition single (r : rule) (target source : layer) : verdict :=
  need (same_numbers (lextents target) (lextents source)) Extents ;;
  match r with
  | Keep => keep (lop target) (lop source)
  | Unit => unit (lop target) (lop source)
  | Merge => merge (lop target) (lop source)
  | Embed c => embed c (lextents target) (lop target) (lop source)
  | Collapse c => collapse c (lextents target) (lop target) (lop source)
  | Ungroup => ungroup (lop target) (lop source)
  | Enlarge o f => enlarge o f (lop target) (lop source)
  | _ => Some (Static Sources)
  end.
Definition double (r : rule) (target first second : layer) : verdict :=
  need (same_numbers (lextents target) (lextents second)) Extents ;;
  match r with
  | Fold =>
      need (same_numbers (lextents first) (lextents second)) Extents ;;
      fold (lop target) (lop first) (lop second)
  | Pad => pad (lextents first) (lop target) (lop first) (lop second)
  | _ => Some (Static Sources)
  end.
End Rules.
