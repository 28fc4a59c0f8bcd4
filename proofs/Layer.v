(** * Layers as data

    The layers that a certificate speaks of: weights are functions of a tap, an input channel and an
    output channel, whatever holds them, and everything else is numbers. Their meaning is that of
    [Node.v] on windows of [Grid.v].

    A value is a function of a position and a channel. Every instruction masks its value to its
    extents, so that reading outside is reading zero; operators that are not spelt out here
    (pooling, activations, sums, softmax) are opaque: any function of their arguments. *)
From Coq Require Import List Arith Bool Ring Lia.
Import ListNotations.
From Heirloom Require Import Sum Node Grid Windows Graph.
Local Open Scope K_scope.

Section Layer.
Context {K : cring}.
Add Ring K_ring_layer : (cring_law K).

Definition value := position -> nat -> K.
Definition veq (x y : value) : Prop := forall p j, x p j = y p j.
Definition nothing : value := fun _ _ => 0.

Definition kernel_weights := position -> nat -> nat -> K.    (* tap, input in its group, output *)
Definition pair_weights := nat -> nat -> K.                  (* input in its group, output *)
Definition channel_weights := nat -> K.                      (* output *)

(** What a convolution has besides its weights. [inputs] is the number of input channels of one
    group, [outputs] that of all groups together. *)
Record frame := Frame {
  axes : list axis; input_extents : list nat;
  groups : nat; inputs : nat; outputs : nat }.

(** The first input channel that output channel [j] reads. *)
Definition first_input (f : frame) (j : nat) : nat :=
  Nat.mul (Nat.div j (Nat.div (outputs f) (groups f))) (inputs f).

Inductive op : Type :=
| Conv (f : frame) (F : kernel_weights) (b : channel_weights)
| Proj (f : frame) (F : kernel_weights) (g : pair_weights) (b : channel_weights)
| Dense (inputs outputs : nat) (w : pair_weights) (b : channel_weights)
| Affine (channels : nat) (s t : channel_weights)
| Norm (channels : nat) (gamma beta mean inverse : channel_weights)
| ZeroPad (extents before after : list nat)
| Opaque (id : nat).

(** An instruction with the extents of its value. *)
Record layer := Layer { lop : op; lextents : list nat }.

Variable opaque : nat -> list value -> value.
Hypothesis opaque_ext : forall id xs ys, Forall2 veq xs ys -> veq (opaque id xs) (opaque id ys).

Definition identity {Q} : activation (K:=K) Q Q := Act Q Q (fun x => x) (fun _ _ H => H).
Definition below (n : nat) (x : value) : value := fun p j => if j <? n then x p j else 0.
Definition masked (extents : list nat) (x : value) : value :=
  fun p j => if inside extents p then x p j else 0.
Definition first_of (xs : list value) : value := hd nothing xs.

Definition channel (x : value) (j : nat) : tensor (K:=K) position := fun p => x p j.

Definition sem (o : op) (xs : list value) : value :=
  let x := first_of xs in
  match o with
  | Conv f F b => below (outputs f) (fun p j =>
      gcnn_node (window (input_extents f) (axes f)) (seq 0 (inputs f)) identity
        (fun k t => F t k j) (b j) (fun k => channel x (first_input f j + k)) p)
  | Proj f F g b => below (outputs f) (fun p j =>
      proj_node (fun k => conv (window (input_extents f) (axes f)) (fun t => F t k j))
        (seq 0 (inputs f)) identity
        (fun k => g k j) (b j) (fun k => channel x (first_input f j + k)) p)
  | Dense n m w b => below m (fun p j =>
      gffn_node (seq 0 n) identity (fun k => w k j) (b j) (channel x) p)
  | Affine m s t => below m (fun p j => s j * x p j + t j)
  | Norm m gamma beta mean inverse => below m (fun p j =>
      gamma j * ((x p j - mean j) * inverse j) + beta j)
  | ZeroPad extents before _ => fun p j => zero_pad extents before (channel x j) p
  | Opaque id => opaque id xs
  end.

Definition exec (l : layer) (xs : list value) : value := masked (lextents l) (sem (lop l) xs).

(** The meaning of a network: its values, in order. *)
Definition evaluate (p : list (instr layer)) : list value := run nothing exec p [].

Lemma veq_refl x : veq x x. Proof. easy. Qed.
Lemma veq_sym x y : veq x y -> veq y x. Proof. intros H p j. symmetry. apply H. Qed.
Lemma veq_trans x y z : veq x y -> veq y z -> veq x z.
Proof. intros H H' p j. rewrite H. apply H'. Qed.

Lemma first_of_ext xs ys : Forall2 veq xs ys -> veq (first_of xs) (first_of ys).
Proof. intros []; [apply veq_refl | assumption]. Qed.

Lemma sem_ext o xs ys : Forall2 veq xs ys -> veq (sem o xs) (sem o ys).
Proof.
  intros H. pose proof (first_of_ext xs ys H) as H1.
  destruct o; simpl; try (intros p j; unfold below; destruct (j <? _); [|reflexivity]).
  - revert p. refine (node_ext _ identity _ _ _ _). intros k _. apply conv_ext; [easy|].
    intros q. apply H1.
  - revert p. refine (node_ext _ identity _ _ _ _). intros k _ q. apply (f_equal (mul _)).
    apply conv_ext; [easy|]. intros r. apply H1.
  - revert p. refine (node_ext _ identity _ _ _ _). intros k _ q. apply (f_equal (mul _)). apply H1.
  - now rewrite (H1 p j).
  - now rewrite (H1 p j).
  - intros p j. apply zero_pad_ext. intros q. apply H1.
  - now apply opaque_ext.
Qed.

Lemma exec_ext l xs ys : Forall2 veq xs ys -> veq (exec l xs) (exec l ys).
Proof.
  intros H p j. unfold exec, masked. destruct (inside _ p); [|reflexivity]. now apply sem_ext.
Qed.

(** ** Layers whose weights agree

    [agree found expected] is equality over an exact ring, and over machine numbers "[found] is
    [expected], rounded once". Only weights that somebody reads count. *)
Section Agreement.
Variable agree : K -> K -> Prop.

Definition agree_kernel (f : frame) (F E : kernel_weights) : Prop :=
  forall t k j, In t (taps_of (axes f)) -> (k < inputs f)%nat -> (j < outputs f)%nat ->
  agree (F t k j) (E t k j).
Definition agree_pairs (n m : nat) (w e : pair_weights) : Prop :=
  forall k j, (k < n)%nat -> (j < m)%nat -> agree (w k j) (e k j).
Definition agree_channels (m : nat) (b e : channel_weights) : Prop :=
  forall j, (j < m)%nat -> agree (b j) (e j).

(** The first layer is the one that was found, the second the one that was expected. *)
Inductive agree_op : op -> op -> Prop :=
| agree_conv f F F' b b' :
    agree_kernel f F F' -> agree_channels (outputs f) b b' ->
    agree_op (Conv f F b) (Conv f F' b')
| agree_proj f F F' g g' b b' :
    agree_kernel f F F' -> agree_pairs (inputs f) (outputs f) g g' ->
    agree_channels (outputs f) b b' ->
    agree_op (Proj f F g b) (Proj f F' g' b')
| agree_dense n m w w' b b' :
    agree_pairs n m w w' -> agree_channels m b b' ->
    agree_op (Dense n m w b) (Dense n m w' b')
| agree_affine m s s' t t' :
    agree_channels m s s' -> agree_channels m t t' ->
    agree_op (Affine m s t) (Affine m s' t')
| agree_norm m c c' b b' a a' v v' :
    agree_channels m c c' -> agree_channels m b b' -> agree_channels m a a' ->
    agree_channels m v v' ->
    agree_op (Norm m c b a v) (Norm m c' b' a' v')
| agree_pad e l h : agree_op (ZeroPad e l h) (ZeroPad e l h)
| agree_opaque id : agree_op (Opaque id) (Opaque id).

Definition agree_instr (i i' : instr layer) : Prop :=
  iargs i = iargs i' /\ lextents (iop i) = lextents (iop i') /\
  agree_op (lop (iop i)) (lop (iop i')).
End Agreement.

(** Where agreement is equality, layers that agree have one meaning. *)
Lemma agree_sem o o' xs : agree_op eq o o' -> veq (sem o xs) (sem o' xs).
Proof.
  intros []; simpl; try apply veq_refl; intros p j; unfold below;
    destruct (Nat.ltb_spec j m) || destruct (Nat.ltb_spec j (outputs f)); try reflexivity.
  - rewrite (H0 j) by assumption.
    revert p. refine (node_ext _ identity _ _ _ _). intros k Hk.
    apply in_seq in Hk. apply conv_ext; [|easy]. intros t Ht. now apply H.
  - rewrite (H1 j) by assumption.
    revert p. refine (node_ext _ identity _ _ _ _). intros k Hk q.
    apply in_seq in Hk. rewrite (H0 k j) by (assumption || lia). apply (f_equal (mul _)).
    apply conv_ext; [|easy]. intros t Ht. now apply H.
  - rewrite (H0 j) by assumption.
    revert p. refine (node_ext _ identity _ _ _ _). intros k Hk q.
    apply in_seq in Hk. now rewrite (H k j) by (assumption || lia).
  - now rewrite (H j), (H0 j) by assumption.
  - now rewrite (H j), (H0 j), (H1 j), (H2 j) by assumption.
Qed.

Lemma agree_exec l l' xs :
  lextents l = lextents l' -> agree_op eq (lop l) (lop l') -> veq (exec l xs) (exec l' xs).
Proof.
  intros He Ho p j. unfold exec, masked. rewrite He. destruct (inside _ p); [|reflexivity].
  now apply agree_sem.
Qed.
End Layer.
