(** * Verdicts: what the rules of the checker are made of

    A decision procedure answers with the first fault it finds, or with none. Weights are compared
    by loops over the taps and channels that somebody reads, so that nothing is copied and nothing
    is held but what is at hand.

    Weights that a conversion moves must be equal to what they were. Weights that it computes must
    be [near] what they should be: equal over an exact ring, rounded once over machine numbers. *)
From Coq Require Import List Arith Bool Lia.
Import ListNotations.
From Heirloom Require Import Sum Grid Windows Layer.

Section Verdict.
Context {K : cring}.
Variables same near : K -> K -> bool.
Hypothesis same_ok : forall a b, same a b = true -> a = b.

(** ** Verdicts *)
Inductive topic :=
| Kind | Geometry | Extents | Channels | Sources | Wires | Centre | Output | Steps.
Inductive weight := Kernel | Gates | Weights | Bias | Scale | Shift | Gamma | Beta | Mean | Deviation.
Inductive fault :=
| Static (what : topic)
| Element (which : weight) (tap : position) (k j : nat) (found expected : K).
Definition verdict := option fault.

(** The first fault of two: the second is looked for only where the first finds none. *)
Notation "a ;; b" :=
  (match a with None => b | Some fault => Some fault end) (at level 61, right associativity).
Definition need (b : bool) (what : topic) : verdict := if b then None else Some (Static what).

Fixpoint each (n i : nat) (f : nat -> verdict) : verdict :=
  match n with
  | O => None
  | S n' => match f i with None => each n' (S i) f | Some fault => Some fault end
  end.
Fixpoint each_tap (taps : list position) (f : position -> verdict) : verdict :=
  match taps with
  | [] => None
  | t :: taps' => match f t with None => each_tap taps' f | Some fault => Some fault end
  end.
Lemma both_ok (a b : verdict) : (a ;; b) = None -> a = None /\ b = None.
Proof. now destruct a. Qed.
Lemma need_ok b what : need b what = None -> b = true.
Proof. now destruct b. Qed.
Lemma each_ok n i f : each n i f = None -> forall m, (i <= m < i + n)%nat -> f m = None.
Proof.
  revert i. induction n as [|n IH]; intros i H m Hm; simpl in *; [lia|].
  destruct (f i) eqn:E; [easy|]. destruct (Nat.eq_dec i m) as [->|]; [assumption|].
  apply (IH (S i) H). lia.
Qed.
Lemma each_tap_ok taps f : each_tap taps f = None -> forall t, In t taps -> f t = None.
Proof.
  induction taps as [|u taps IH]; simpl; [easy|]. destruct (f u) eqn:E; [easy|].
  intros H t [<-|Ht]; auto.
Qed.
(** ** Comparing weights *)
Definition cells (test : K -> K -> bool) which t k n (found expected : channel_weights) : verdict :=
  each n 0 (fun j =>
    let a := found j in
    let e := expected j in
    if test a e then None else Some (Element which t k j a e)).
Definition pairs test which t n m (found expected : pair_weights) : verdict :=
  each n 0 (fun k => cells test which t k m (found k) (expected k)).
Definition kernels test (f : frame) (found expected : kernel_weights) : verdict :=
  each_tap (taps_of (axes f)) (fun t =>
    pairs test Kernel t (inputs f) (outputs f) (found t) (expected t)).

Definition passes (test : K -> K -> bool) (a e : K) : Prop := test a e = true.
Lemma cells_ok test which t k n found expected :
  cells test which t k n found expected = None -> agree_channels (passes test) n found expected.
Proof.
  intros H j Hj. unfold passes. pose proof (each_ok _ _ _ H j ltac:(lia)) as E. simpl in E.
  destruct (test (found j) (expected j)); easy.
Qed.
Lemma pairs_ok test which t n m found expected :
  pairs test which t n m found expected = None -> agree_pairs (passes test) n m found expected.
Proof.
  intros H k j Hk Hj. pose proof (each_ok _ _ _ H k ltac:(lia)) as E.
  exact (cells_ok _ _ _ _ _ _ _ E j Hj).
Qed.
Lemma kernels_ok test f found expected :
  kernels test f found expected = None -> agree_kernel (passes test) f found expected.
Proof.
  intros H t k j Ht Hk Hj. pose proof (each_tap_ok _ _ H t Ht) as E.
  exact (pairs_ok _ _ _ _ _ _ _ E k j Hk Hj).
Qed.

(** Equal, or near: what a weight of the target is to the weight that it should be. *)
Definition within (a e : K) : Prop := a = e \/ near a e = true.
Lemma passes_same a e : passes same a e -> a = e. Proof. apply same_ok. Qed.
Lemma passes_near a e : passes near a e -> within a e. Proof. now right. Qed.
Lemma eq_within a e : a = e -> within a e. Proof. now left. Qed.

Lemma kernel_mono (A B : K -> K -> Prop) f F E :
  (forall a e, A a e -> B a e) -> agree_kernel A f F E -> agree_kernel B f F E.
Proof. intros H G t k j Ht Hk Hj. auto. Qed.
Lemma pairs_mono (A B : K -> K -> Prop) n m F E :
  (forall a e, A a e -> B a e) -> agree_pairs A n m F E -> agree_pairs B n m F E.
Proof. intros H G k j Hk Hj. auto. Qed.
Lemma channels_mono (A B : K -> K -> Prop) m F E :
  (forall a e, A a e -> B a e) -> agree_channels A m F E -> agree_channels B m F E.
Proof. intros H G j Hj. auto. Qed.
Lemma op_mono (A B : K -> K -> Prop) o o' :
  (forall a e, A a e -> B a e) -> agree_op A o o' -> agree_op B o o'.
Proof.
  intros H []; constructor; eauto using kernel_mono, pairs_mono, channels_mono.
Qed.

(** ** Frames *)
Fixpoint same_numbers (a b : list nat) : bool :=
  match a, b with
  | [], [] => true
  | x :: a', y :: b' => if x =? y then same_numbers a' b' else false
  | _, _ => false
  end%nat.
Definition same_axis (a b : axis) : bool :=
  (kernel a =? kernel b) && (stride a =? stride b) && (dilation a =? dilation b) &&
  (low a =? low b) && (high a =? high b).
Fixpoint same_axes (a b : list axis) : bool :=
  match a, b with
  | [], [] => true
  | x :: a', y :: b' => if same_axis x y then same_axes a' b' else false
  | _, _ => false
  end.
Definition same_channels (f f' : frame) : bool :=
  (groups f =? groups f') && (inputs f =? inputs f') && (outputs f =? outputs f').
Definition frames (f f' : frame) : verdict :=
  need (same_axes (axes f) (axes f')) Geometry ;;
  need (same_numbers (input_extents f) (input_extents f')) Extents ;;
  need (same_channels f f') Channels.

Lemma same_numbers_ok a b : same_numbers a b = true -> a = b.
Proof.
  revert b. induction a as [|x a IH]; intros [|y b] H; simpl in *; try easy.
  destruct (Nat.eqb_spec x y) as [->|]; [|easy]. f_equal. now apply IH.
Qed.
Lemma same_axis_ok a b : same_axis a b = true -> a = b.
Proof.
  unfold same_axis. rewrite !andb_true_iff, !Nat.eqb_eq.
  destruct a, b; simpl. intuition congruence.
Qed.
Lemma same_axes_ok a b : same_axes a b = true -> a = b.
Proof.
  revert b. induction a as [|x a IH]; intros [|y b] H; simpl in *; try easy.
  destruct (same_axis x y) eqn:E; [|easy]. apply same_axis_ok in E as ->. f_equal. now apply IH.
Qed.
Lemma same_channels_ok f f' : same_channels f f' = true ->
  groups f = groups f' /\ inputs f = inputs f' /\ outputs f = outputs f'.
Proof. unfold same_channels. rewrite !andb_true_iff, !Nat.eqb_eq. tauto. Qed.
Lemma frames_ok f f' : frames f f' = None -> f = f'.
Proof.
  intros H. apply both_ok in H as [Ha H]. apply both_ok in H as [He Hc].
  apply need_ok, same_axes_ok in Ha. apply need_ok, same_numbers_ok in He.
  apply need_ok, same_channels_ok in Hc as (Hg & Hi & Ho).
  destruct f, f'; simpl in *. congruence.
Qed.
End Verdict.

Notation "a ;; b" :=
  (match a with None => b | Some fault => Some fault end) (at level 61, right associativity).

(** Splits a verdict without faults into its conditions. *)
Ltac conditions H :=
  lazymatch type of H with
  | (match ?a with None => ?b | Some _ => _ end) = None =>
      let H1 := fresh "H" in apply both_ok in H as [H1 H]; conditions H1; conditions H
  | _ => idtac
  end.
