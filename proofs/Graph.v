(** * Straight-line programs: networks as DAGs

    A program is a list of instructions; instruction [n] computes value [n] from values of the
    numbers it lists. What an instruction computes is a parameter, so that one theory serves the
    networks of [Network.v] and the concrete layers of [Layer.v].

    Two theorems carry everything else. [run_rel]: a relation that every pair of instructions
    respects is respected by the programs. [carried]: where each instruction of the target has, on
    equal arguments, the value of a source instruction, and reads the values that carry what that
    one reads, the values agree all along, although source and target may differ in length. *)
From Coq Require Import List Arith Lia.
Import ListNotations.

Section Graph.
Context {Op V : Type}.
Variable default : V.

Record instr := Instr { iop : Op; iargs : list nat }.
Variable exec : Op -> list V -> V.

Definition fetch (env : list V) (a : list nat) : list V := map (fun n => nth n env default) a.

Fixpoint run (p : list instr) (env : list V) : list V :=
  match p with
  | [] => env
  | i :: p' => run p' (env ++ [exec (iop i) (fetch env (iargs i))])
  end.

(** ** Programs that keep step *)
Section Relation.
Variable R : V -> V -> Prop.

Definition respects (i i' : instr) : Prop :=
  iargs i = iargs i' /\
  forall xs ys, Forall2 R xs ys -> R (exec (iop i) xs) (exec (iop i') ys).

Lemma Forall2_nth env env' n d : R d d -> Forall2 R env env' -> R (nth n env d) (nth n env' d).
Proof. intros Hd H. revert n. induction H; intros [|n]; simpl; auto. Qed.

Lemma fetch_rel env env' a :
  R default default -> Forall2 R env env' -> Forall2 R (fetch env a) (fetch env' a).
Proof.
  intros Hd H. unfold fetch. induction a; simpl; [apply Forall2_nil|].
  apply Forall2_cons; [now apply Forall2_nth | assumption].
Qed.

Theorem run_rel (p p' : list instr) : R default default -> Forall2 respects p p' ->
  forall env env', Forall2 R env env' -> Forall2 R (run p env) (run p' env').
Proof.
  intros Hd H. induction H as [|i i' p p' (Ha & Hs) _ IH]; intros env env' He; simpl; auto.
  apply IH. apply Forall2_app; [assumption|]. constructor; [|constructor].
  apply Hs. rewrite <- Ha. now apply fetch_rel.
Qed.
End Relation.

(** ** Solutions

    A valuation solves a program where each value is what its instruction computes from the
    valuation. The values of a run do, if instructions read earlier ones only. *)
Variable E : V -> V -> Prop.

Definition solves (p : list instr) (v : nat -> V) : Prop :=
  forall n i, nth_error p n = Some i -> E (v n) (exec (iop i) (map v (iargs i))).

Fixpoint scoped_from (n : nat) (p : list instr) : Prop :=
  match p with
  | [] => True
  | i :: p' => Forall (fun a => a < n) (iargs i) /\ scoped_from (S n) p'
  end.
Definition scoped : list instr -> Prop := scoped_from 0.

Lemma run_prefix p env : exists more, run p env = env ++ more.
Proof.
  revert env. induction p as [|i p IH]; intros env; simpl; [exists []; now rewrite app_nil_r|].
  destruct (IH (env ++ [exec (iop i) (fetch env (iargs i))])) as [more H]. rewrite H.
  rewrite <- app_assoc. now eexists.
Qed.

Lemma nth_prefix (env more : list V) n : n < length env -> nth n (env ++ more) default = nth n env default.
Proof. intros H. now apply app_nth1. Qed.

Lemma run_solves_from p : forall env, scoped_from (length env) p ->
  forall n i, nth_error p n = Some i ->
  nth (length env + n) (run p env) default =
  exec (iop i) (fetch (run p env) (iargs i)).
Proof.
  induction p as [|i p IH]; intros env H [|n] j Hj; simpl in *; try easy;
    destruct H as [Ha Hs].
  - injection Hj as <-.
    destruct (run_prefix p (env ++ [exec (iop i) (fetch env (iargs i))])) as [more ->].
    rewrite <- app_assoc, Nat.add_0_r, app_nth2, Nat.sub_diag by lia. simpl. f_equal.
    unfold fetch. apply map_ext_in. intros a Ia. rewrite Forall_forall in Ha.
    symmetry. apply nth_prefix. now apply Ha.
  - specialize (IH (env ++ [exec (iop i) (fetch env (iargs i))])).
    rewrite app_length in IH. simpl in IH. rewrite Nat.add_1_r in IH.
    rewrite <- (IH Hs n j Hj). f_equal. lia.
Qed.

Lemma run_solves p : (forall x, E x x) -> scoped p ->
  solves p (fun n => nth n (run p []) default).
Proof.
  intros refl H n i Hi. pose proof (run_solves_from p [] H n i Hi) as Eq. simpl in Eq.
  rewrite Eq. apply refl.
Qed.

(** ** Values carried from one program to another *)
Hypothesis E_sym : forall x y, E x y -> E y x.
Hypothesis E_trans : forall x y z, E x y -> E y z -> E x z.
Hypothesis exec_ext : forall o xs ys, Forall2 E xs ys -> E (exec o xs) (exec o ys).

Definition links := list (nat * nat).
Definition carried_by (v v' : nat -> V) (L : links) : Prop :=
  Forall (fun l => E (v (fst l)) (v' (snd l))) L.

(** Source instruction [s] has, as soon as the links hold, the value of the target's [o] on the
    linked arguments: one instruction, or two of which the second reads the first and no other. *)
Definition reads_through (L : links) (args args' : list nat) : Prop :=
  Forall2 (fun a b => In (a, b) L) args args'.

Inductive matches (p : list instr) (L : links) (i' : instr) : nat -> Prop :=
| matches_one s a : nth_error p s = Some a ->
    reads_through L (iargs a) (iargs i') ->
    (forall xs, E (exec (iop i') xs) (exec (iop a) xs)) ->
    matches p L i' s
| matches_two s a s' b : nth_error p s = Some a -> nth_error p s' = Some b -> iargs b = [s] ->
    reads_through L (iargs a) (iargs i') ->
    (forall xs, E (exec (iop i') xs) (exec (iop b) [exec (iop a) xs])) ->
    matches p L i' s'.

Lemma reads_through_values v v' L args args' :
  carried_by v v' L -> reads_through L args args' -> Forall2 E (map v args) (map v' args').
Proof.
  intros HL H. induction H as [|a b args args' Hab _ IH]; simpl; constructor; [|assumption].
  unfold carried_by in HL. rewrite Forall_forall in HL. exact (HL _ Hab).
Qed.

Lemma matches_value p v p' v' L i' m s :
  solves p v -> solves p' v' -> carried_by v v' L -> nth_error p' m = Some i' ->
  matches p L i' s -> E (v s) (v' m).
Proof.
  intros Hv Hv' HL Hm H. specialize (Hv' m i' Hm).
  destruct H as [s a Hs Hargs Hop | s a s' b Hs Hs' Hb Hargs Hop];
    pose proof (reads_through_values v v' L _ _ HL Hargs) as Hxs.
  - apply (E_trans _ (exec (iop a) (map v (iargs a)))); [now apply Hv|].
    apply (E_trans _ (exec (iop a) (map v' (iargs i')))); [now apply exec_ext|].
    apply E_sym. now apply (E_trans _ (exec (iop i') (map v' (iargs i')))).
  - apply (E_trans _ (exec (iop b) (map v (iargs b)))); [now apply Hv|]. rewrite Hb. simpl.
    apply (E_trans _ (exec (iop b) [exec (iop a) (map v' (iargs i'))])).
    + apply exec_ext. constructor; [|constructor].
      apply (E_trans _ (exec (iop a) (map v (iargs a)))); [now apply Hv | now apply exec_ext].
    + apply E_sym. now apply (E_trans _ (exec (iop i') (map v' (iargs i')))).
Qed.

(** The links that grow as the target is read from its beginning. *)
Inductive linked (p : list instr) : nat -> links -> list instr -> links -> Prop :=
| linked_nil m L : linked p m L [] L
| linked_cons m L i' rest s L' : matches p L i' s ->
    linked p (S m) ((s, m) :: L) rest L' -> linked p m L (i' :: rest) L'.

Lemma carried p p' L v v' :
  linked p 0 [] p' L -> solves p v -> solves p' v' -> carried_by v v' L.
Proof.
  intros H Hv Hv'.
  assert (G : forall m L0 rest L1, linked p m L0 rest L1 ->
    (forall n i, nth_error rest n = Some i -> nth_error p' (m + n) = Some i) ->
    carried_by v v' L0 -> carried_by v v' L1).
  { intros m L0 rest L1 K. induction K as [|m L0 i' rest s L1 Hm _ IH]; intros Hrest HL;
      [assumption|].
    apply IH.
    - intros n i Hn. replace (S m + n) with (m + S n) by lia. now apply Hrest.
    - constructor; [|assumption]. simpl.
      apply (matches_value p v p' v' L0 i' m s Hv Hv' HL); [|assumption].
      rewrite <- (Nat.add_0_r m). now apply (Hrest 0). }
  apply (G 0 [] p' L H); [auto | constructor].
Qed.
End Graph.

Arguments instr : clear implicits.
Arguments Instr {Op} _ _.
Arguments iop {Op} _.
Arguments iargs {Op} _.
