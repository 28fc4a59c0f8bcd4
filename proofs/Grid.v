(** * Windows on finite grids

    A geometry is a list of axes. On one axis, output [o] reads through tap [t] the position
    [o * stride + t * dilation - low], and padding where that lies outside the input. Over several
    axes positions and taps are lists, and a window reads padding as soon as one axis does. This
    covers any rank, stride, dilation and (asymmetric) padding; [high] decides how many outputs
    there are and nothing else.

    Positions are lists of naturals. [window] is a geometry on all of them, for the checker, which
    masks values to their extents; [grid] is one on the cells of a box, for the theorems about
    classes of nodes. *)
From Coq Require Import List Arith Lia Bool Eqdep_dec FinFun.
Import ListNotations.
From Heirloom Require Import Sum Node.
Local Open Scope nat_scope.

Record axis := Axis {
  kernel : nat; stride : nat; dilation : nat; low : nat; high : nat }.
Definition position := list nat.

Definition position_dec : forall p q : position, {p = q} + {p <> q} := list_eq_dec Nat.eq_dec.

(** ** Boxes *)
Fixpoint inside (extents : list nat) (p : position) : bool :=
  match extents, p with
  | [], [] => true
  | n :: extents', i :: p' => (i <? n) && inside extents' p'
  | _, _ => false
  end.

Fixpoint box (extents : list nat) : list position :=
  match extents with
  | [] => [[]]
  | n :: extents' => flat_map (fun i => map (cons i) (box extents')) (seq 0 n)
  end.

Lemma box_inside extents p : In p (box extents) <-> inside extents p = true.
Proof.
  revert p. induction extents as [|n extents IH]; intros p; simpl.
  - destruct p; simpl; intuition easy.
  - rewrite in_flat_map. split.
    + intros (i & Hi & Hp). apply in_map_iff in Hp as (q & <- & Hq). simpl.
      apply in_seq in Hi. apply IH in Hq. rewrite Hq, andb_true_r. apply Nat.ltb_lt. lia.
    + destruct p as [|i p]; [easy|]. intros H. apply andb_prop in H as [Hi Hp].
      apply Nat.ltb_lt in Hi. exists i. split; [apply in_seq; lia|].
      apply in_map. now apply IH.
Qed.

Lemma NoDup_app_disjoint {A} (l m : list A) :
  NoDup l -> NoDup m -> (forall x, In x l -> ~ In x m) -> NoDup (l ++ m).
Proof.
  intros Hl Hm. induction Hl as [|x l Hx _ IH]; intros D; simpl; [assumption|].
  constructor.
  - rewrite in_app_iff. intros [H|H]; [contradiction | exact (D x (or_introl eq_refl) H)].
  - apply IH. intros y Hy. apply D. now right.
Qed.

Lemma box_NoDup extents : NoDup (box extents).
Proof.
  induction extents as [|n extents IH]; simpl; [repeat constructor; easy|].
  induction (seq_NoDup n 0) as [|i l Hi _ IHl]; simpl; [constructor|].
  apply NoDup_app_disjoint; [| exact IHl |].
  - apply Injective_map_NoDup; [|exact IH]. now intros a b [= ->].
  - intros x Hx Hy. apply in_map_iff in Hx as (a & <- & _).
    apply in_flat_map in Hy as (j & Hj & Hy). apply in_map_iff in Hy as (b & [= -> _] & _).
    contradiction.
Qed.

(** ** The read map *)
Definition read_axis (a : axis) (o t : nat) : option nat :=
  let reached := o * stride a + t * dilation a in
  if low a <=? reached then Some (reached - low a) else None.

Fixpoint read (axes : list axis) (o t : position) : option position :=
  match axes, o, t with
  | [], [], [] => Some []
  | a :: axes', i :: o', u :: t' =>
      match read_axis a i u, read axes' o' t' with
      | Some r, Some rest => Some (r :: rest)
      | _, _ => None
      end
  | _, _, _ => None
  end.

Definition taps_of (axes : list axis) : list position := box (map kernel axes).

(** A window over an input with these extents. *)
Definition window (extents : list nat) (axes : list axis) : geom position position :=
  Geom position (taps_of axes) (fun o t =>
    match read axes o t with
    | Some r => if inside extents r then Some r else None
    | None => None
    end).

(** ** Centre taps

    The tap that reads each output's own position: stride 1, and [low = c * dilation] with [c] a
    tap of the axis. *)
Definition centred (a : axis) (c : nat) : Prop :=
  stride a = 1 /\ c < kernel a /\ low a = c * dilation a.

Lemma read_centre axes centre p :
  Forall2 centred axes centre -> length p = length axes -> read axes p centre = Some p.
Proof.
  intros H. revert p. induction H as [|a c axes centre (Hs & _ & Hl) _ IH]; intros [|i p] E;
    simpl in *; try easy.
  injection E as E. rewrite (IH p E). unfold read_axis. rewrite Hs, Hl.
  destruct (Nat.leb_spec (c * dilation a) (i * 1 + c * dilation a)); [|lia].
  do 2 f_equal. lia.
Qed.

Lemma centre_is_tap axes centre : Forall2 centred axes centre -> In centre (taps_of axes).
Proof.
  intros H. apply box_inside. induction H as [|a c axes centre (_ & Hc & _) _ IH]; simpl; auto.
  rewrite IH, andb_true_r. now apply Nat.ltb_lt.
Qed.

Lemma inside_length extents p : inside extents p = true -> length p = length extents.
Proof.
  revert p. induction extents as [|n extents IH]; intros [|i p] H; simpl in *; try easy.
  apply andb_prop in H as [_ H]. f_equal. now apply IH.
Qed.

(** ** Cells: the positions of a box as a type *)
Definition cell (extents : list nat) : Type := { p : position | inside extents p = true }.

Lemma cell_eq extents (p q : cell extents) : proj1_sig p = proj1_sig q -> p = q.
Proof.
  destruct p as [p Hp], q as [q Hq]; simpl. intros ->. f_equal. apply UIP_dec, bool_dec.
Qed.

Definition cell_dec extents (p q : cell extents) : {p = q} + {p <> q}.
Proof.
  destruct (position_dec (proj1_sig p) (proj1_sig q)) as [H|H];
    [left; now apply cell_eq | right; now intros ->].
Defined.

Definition cell_at extents (p : position) : option (cell extents) :=
  match bool_dec (inside extents p) true with
  | left H => Some (exist _ p H)
  | right _ => None
  end.

Lemma cell_at_own extents (p : cell extents) : cell_at extents (proj1_sig p) = Some p.
Proof.
  unfold cell_at. destruct (bool_dec _ _) as [H|H].
  - apply (f_equal Some). now apply cell_eq.
  - destruct p; contradiction.
Qed.

(** A window from the cells of one box to those of another. *)
Definition grid (input output : list nat) (axes : list axis) : geom (cell input) (cell output) :=
  Geom position (taps_of axes) (fun o t =>
    match read axes (proj1_sig o) t with Some r => cell_at input r | None => None end).

Theorem grid_centre extents axes centre :
  Forall2 centred axes centre -> length extents = length axes ->
  Node.centre (grid extents extents axes) centre.
Proof.
  intros H E. split; [apply box_NoDup | split; [now apply centre_is_tap|]].
  intros p. simpl. rewrite (read_centre axes centre) by
    (try assumption; rewrite (inside_length _ _ (proj2_sig p)); assumption).
  apply cell_at_own.
Qed.

(** T1 on grids of any rank, dilation and kernel extent. *)
Corollary T1_grid {K : cring} {C Q} extents axes centre (ks : list C)
  (phi : activation (K:=K) (cell extents) Q) N :
  Forall2 centred axes centre -> length extents = length axes ->
  GFFN ks phi N -> GCNN (grid extents extents axes) ks phi N.
Proof.
  intros H E. apply (T1_subset (grid extents extents axes) position_dec centre).
  now apply grid_centre.
Qed.

(** T2 on grids: a second tap on the first axis that stays in the grid is enough. *)
Corollary T2_grid {K : cring} {C} (dC : forall k l : C, {k = l} + {k <> l})
  n extents a axes c centre (ks : list C) k0 (rest : position) (sigma : K -> K) u v :
  centred a c -> Forall2 centred axes centre -> length extents = length axes ->
  c + 1 < kernel a -> 0 < dilation a < n -> inside extents rest = true ->
  NoDup ks -> In k0 ks -> sigma u <> sigma v ->
  exists N : (C -> tensor (cell (n :: extents))) -> tensor (cell (n :: extents)),
    GCNN (grid (n :: extents) (n :: extents) (a :: axes)) ks (pw sigma) N /\
    forall tau, ~ GFFN ks (pw tau) N.
Proof.
  intros (Hs & Hc & Hl) H E Hk Hd Hr NDk Hk0 Hne.
  assert (P : inside (n :: extents) (0 :: rest) = true).
  { simpl. rewrite Hr. destruct (Nat.ltb_spec 0 n); [reflexivity | lia]. }
  assert (Q : inside (n :: extents) (dilation a :: rest) = true).
  { simpl. rewrite Hr. destruct (Nat.ltb_spec (dilation a) n); [reflexivity | lia]. }
  apply (T2_strict (cell_dec _) dC (grid (n :: extents) (n :: extents) (a :: axes)) position_dec
           ks sigma k0 ((c + 1) :: centre) (exist _ _ P) (exist _ _ Q) u v); auto.
  - apply box_NoDup.
  - assert (T : In centre (taps_of axes)) by now apply centre_is_tap.
    apply box_inside in T. apply (proj2 (box_inside (map kernel (a :: axes)) ((c + 1) :: centre))).
    simpl. rewrite T. destruct (Nat.ltb_spec (c + 1) (kernel a)); [reflexivity | lia].
  - simpl. unfold read_axis. rewrite Hs, Hl.
    destruct (Nat.leb_spec (c * dilation a) (0 * 1 + (c + 1) * dilation a)); [|lia].
    rewrite (read_centre axes centre rest H) by (apply inside_length in Hr; congruence).
    rewrite (Nat.mul_add_distr_r c 1 (dilation a)).
    replace (0 * 1 + (c * dilation a + 1 * dilation a) - c * dilation a) with (dilation a) by lia.
    exact (cell_at_own (n :: extents) (exist _ _ Q)).
  - intros [=]. lia.
Qed.
