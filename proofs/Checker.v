(** * The certificate checker

    A certificate has a step for each layer of the target: a rule, and the numbers of the layers of
    the source that it replaces. [check] goes through the target once. It keeps the links from
    source layers to the target layers that carry their values, asks that every target layer reads
    what carries the inputs of its source, and that the rule finds no fault; at last the output
    must carry the output.

    [check_near_sound]: what the checker accepts is, up to [near] on each computed weight, a network
    that means exactly what the source means. [check_sound]: where [near] is equality, as over any
    exact ring, the target means what the source means, whatever the opaque operators do, the input
    among them. Source and target need not be runs of a program: any solution of their equations
    will do, so that nothing is asked of the order of the source. *)
From Coq Require Import List Arith Bool Ring Lia.
Import ListNotations.
From Heirloom Require Import Sum Node Grid Windows Graph Layer Verdict Rules Sound.
Local Open Scope K_scope.

Section Checker.
Context {K : cring}.
Variables same near : K -> K -> bool.
Hypothesis same_ok : forall a b, same a b = true -> a = b.
Notation value := (value (K:=K)).
Notation op := (op (K:=K)).
Notation layer := (layer (K:=K)).
Notation verdict := (verdict (K:=K)).
Notation network := (list (instr layer)).

Record step := Step { step_rule : rule; sources : list nat }.

(** ** The checker *)
Fixpoint carrier (L : links) (s : nat) : option nat :=
  match L with
  | [] => None
  | (a, b) :: L' => if (a =? s)%nat then Some b else carrier L' s
  end.
Fixpoint wired (L : links) (args args' : list nat) : bool :=
  match args, args' with
  | [], [] => true
  | a :: args1, b :: args1' =>
      match carrier L a with
      | Some c => if (b =? c)%nat then wired L args1 args1' else false
      | None => false
      end
  | _, _ => false
  end.

Definition check_step (p : network) (L : links) (s : step) (i' : instr layer)
  : verdict * nat :=
  match sources s with
  | [a] =>
      (match nth_error p a with
       | Some i =>
           need (wired L (iargs i) (iargs i')) Wires ;;
           single same near (step_rule s) (iop i') (iop i)
       | None => Some (Static Sources)
       end, a)
  | [a; b] =>
      (match nth_error p a, nth_error p b with
       | Some i, Some k =>
           need (same_numbers (iargs k) [a]) Sources ;;
           need (wired L (iargs i) (iargs i')) Wires ;;
           double same near (step_rule s) (iop i') (iop i) (iop k)
       | _, _ => Some (Static Sources)
       end, b)
  | _ => (Some (Static Sources), O)
  end.

(** The number of the target's layer at fault, and the fault. *)
Fixpoint check_from (p : network) (m : nat) (L : links) (steps : list step) (p' : network)
  : option (nat * fault (K:=K)) :=
  match steps, p' with
  | [], [] =>
      match carrier L (pred (length p)), m with
      | Some c, S last => if (c =? last)%nat then None else Some (last, Static Output)
      | _, _ => Some (pred m, Static Output)
      end
  | s :: steps', i' :: rest =>
      match check_step p L s i' with
      | (None, a) => check_from p (S m) ((a, m) :: L) steps' rest
      | (Some fault, _) => Some (m, fault)
      end
  | _, _ => Some (m, Static Steps)
  end.
Definition check (steps : list step) (p p' : network) : option (nat * fault (K:=K)) :=
  check_from p O [] steps p'.

(** ** Soundness of the rules *)
Variable opaque : nat -> list value -> value.
Hypothesis opaque_ext : forall id xs ys, Forall2 veq xs ys -> veq (opaque id xs) (opaque id ys).
Notation sem := (sem opaque).
Notation exec := (exec opaque).
Notation within := (within near).

Ltac weights :=
  repeat match goal with
  | H : kernels _ _ _ _ = None |- _ => apply kernels_ok in H
  | H : pairs _ _ _ _ _ _ _ = None |- _ => apply pairs_ok in H
  | H : biases _ _ _ _ = None |- _ => unfold biases in H
  | H : cells _ _ _ _ _ _ _ = None |- _ => apply cells_ok in H
  | H : frames _ _ = None |- _ => apply frames_ok in H; subst
  | H : need _ _ = None |- _ => apply need_ok in H
  | H : _ && _ = true |- _ => apply andb_prop in H as [? ?]
  | H : (_ =? _)%nat = true |- _ => apply Nat.eqb_eq in H; subst
  | H : same_numbers _ _ = true |- _ => apply same_numbers_ok in H; subst
  | H : same_axes _ _ = true |- _ => apply same_axes_ok in H
  end.
Lemma same_within a e : passes same a e -> within a e.
Proof. intros H. left. now apply same_ok. Qed.
Lemma near_within a e : passes near a e -> within a e.
Proof. now right. Qed.
Hint Resolve same_within near_within : core.
Ltac agrees := constructor; eauto using kernel_mono, pairs_mono, channels_mono.

(** There is a layer with the weights the target should have, which means what the source means. *)
Definition justified (extents : list nat) (target : op) (source : list value -> value) : Prop :=
  exists o, agree_op within target o /\
  forall xs p j, inside extents p = true -> sem o xs p j = source xs p j.

Lemma keep_ok e o' o : keep same o' o = None -> justified e o' (sem o).
Proof.
  intros H. exists o. split; [|easy].
  destruct o', o; simpl in H; try discriminate; conditions H; weights; agrees.
Qed.

Lemma unit_ok e o' o : unit same o' o = None -> justified e o' (sem o).
Proof.
  destruct o', o; simpl; try discriminate. intros H. conditions H. weights.
  eexists. split; [|intros xs p j _; apply unit_means]. agrees.
Qed.

Lemma merge_ok e o' o : merge same near o' o = None -> justified e o' (sem o).
Proof.
  destruct o', o; simpl; try discriminate. intros H. conditions H. weights.
  eexists. split; [|intros xs p j _; apply merge_means]. agrees.
Qed.

Lemma embed_ok c e o' o : embed same c e o' o = None -> justified e o' (sem o).
Proof.
  destruct o', o; simpl; try discriminate. intros H. conditions H. weights.
  eexists. split; [|intros xs p j Hp; eapply embed_means; eauto]. agrees.
Qed.

Lemma collapse_ok c e o' o : collapse same c e o' o = None -> justified e o' (sem o).
Proof.
  destruct o', o; simpl; try discriminate. intros H. conditions H.
  match goal with Z : each_tap _ _ = None |- _ => pose proof (each_tap_ok _ _ Z) as HZ; clear Z end.
  weights.
  eexists. split; [|intros xs p j Hp; eapply collapse_means; eauto].
  - agrees.
  - intros t k i Ht Hn Hd Hk Hi. specialize (HZ t Ht). simpl in HZ. rewrite Hn, Hd in HZ.
    apply pairs_ok in HZ. apply same_ok. exact (HZ k i Hk Hi).
Qed.

Lemma ungroup_ok e o' o : ungroup same o' o = None -> justified e o' (sem o).
Proof.
  unfold ungroup, ungrouped. destruct o', o; simpl; try discriminate; intros H; conditions H; weights;
    match goal with Z : outputs _ = outputs _ |- _ => rewrite <- Z in * end.
  - eexists. split; [|intros xs p j Hp; apply ungroup_means; eauto]. agrees.
  - eexists. split; [|intros xs p j Hp; apply ungroup_gated_means; eauto].
    + constructor; eauto using kernel_mono, pairs_mono, channels_mono.
      repeat intro; now left.
    + match goal with Z : outputs _ = outputs _ |- _ => rewrite <- Z end.
      eapply pairs_mono; [|eassumption]. exact same_ok.
Qed.

Lemma enlarge_ok a b e o' o : enlarge same a b o' o = None -> justified e o' (sem o).
Proof.
  unfold enlarge, enlarged_frame. destruct o', o; simpl; try discriminate; intros H; conditions H;
    weights;
    match goal with Z : same_channels _ _ = true |- _ =>
      destruct (same_channels_ok _ _ Z) as (? & Hi & Ho); rewrite <- ?Hi, <- ?Ho in * end.
  - eexists. split; [|intros xs p j Hp; apply enlarge_means; eauto]. agrees.
  - eexists. split; [|intros xs p j Hp; apply enlarge_gated_means; eauto]. agrees.
Qed.

Lemma fold_into_ok m s t e o' o :
  fold_into same near m s t o' o = None ->
  justified e o' (fun xs p j => if (j <? m)%nat then s j * sem o xs p j + t j else 0).
Proof.
  destruct o', o; simpl; try discriminate; intros H; conditions H; weights.
  - eexists. split; [|intros xs p j _; apply fold_conv_means]. agrees.
  - eexists. split; [|intros xs p j _; apply fold_proj_means]. agrees.
  - eexists. split; [|intros xs p j _; apply fold_dense_means]. agrees.
Qed.

Lemma pad_ok between e o' zeros o :
  pad same between o' zeros o = None ->
  justified e o' (fun xs => sem o [masked between (sem zeros xs)]).
Proof.
  destruct zeros; simpl; try discriminate. unfold padded_frame.
  destruct o', o; simpl; try discriminate; intros H; conditions H; weights;
    match goal with Z : same_channels _ _ = true |- _ =>
      destruct (same_channels_ok _ _ Z) as (? & Hi & Ho) end.
  - eexists. split; [|intros xs p j _; eapply pad_means; eauto].
    constructor; [|rewrite Ho; eauto using channels_mono].
    intros t k j Ht Hk Hj. match goal with Z : agree_kernel _ _ _ _ |- _ => apply same_within, Z end;
      [|congruence|congruence].
    match goal with Z : padded_axes _ _ _ _ = true |- _ =>
      now rewrite <- (padded_axes_taps _ _ _ _ Z) end.
  - eexists. split; [|intros xs p j _; eapply pad_gated_means; eauto].
    constructor; [|rewrite Hi, Ho; eauto using pairs_mono|rewrite Ho; eauto using channels_mono].
    intros t k j Ht Hk Hj. match goal with Z : agree_kernel _ _ _ _ |- _ => apply same_within, Z end;
      [|congruence|congruence].
    match goal with Z : padded_axes _ _ _ _ = true |- _ =>
      now rewrite <- (padded_axes_taps _ _ _ _ Z) end.
Qed.

(** ** Soundness of a step *)
Lemma justified_layer o' e source :
  justified e o' source ->
  exists l, lextents l = e /\ agree_op within o' (lop l) /\
            forall xs, veq (exec l xs) (masked e (source xs)).
Proof.
  intros (o & Ha & Hm). exists (Layer o e). split; [reflexivity|]. split; [exact Ha|].
  intros xs p j. unfold Layer.exec, masked. simpl.
  destruct (inside e p) eqn:I; [now apply Hm | reflexivity].
Qed.

Lemma single_ok r (target source : layer) :
  single same near r target source = None ->
  exists l, lextents l = lextents target /\ agree_op within (lop target) (lop l) /\
            forall xs, veq (exec l xs) (exec source xs).
Proof.
  destruct target as [o' e'], source as [o e]. unfold single. simpl. intros H. conditions H.
  weights. apply justified_layer.
  destruct r; try discriminate;
    eauto using keep_ok, unit_ok, merge_ok, embed_ok, collapse_ok, ungroup_ok, enlarge_ok.
Qed.

Lemma double_ok r (target first second : layer) :
  double same near r target first second = None ->
  exists l, lextents l = lextents target /\ agree_op within (lop target) (lop l) /\
            forall xs, veq (exec l xs) (exec second [exec first xs]).
Proof.
  destruct target as [o' e'], first as [o1 e1], second as [o2 e2].
  unfold double. simpl. intros H. conditions H. weights. apply justified_layer.
  destruct r; try discriminate.
  - conditions H. weights. unfold fold in H.
    destruct (map_scale o2) as [[m s]|] eqn:M; [|discriminate].
    destruct (fold_into_ok m s (map_shift o2) e2 o' o1 H) as (o & Ha & Hm).
    exists o. split; [exact Ha|]. intros xs p j Hp. simpl in Hp. rewrite (Hm xs p j Hp).
    rewrite (map_means opaque o2 m s _ p j M). unfold Layer.exec, masked. simpl. now rewrite Hp.
  - destruct (pad_ok e1 e2 o' o1 o2 H) as (o & Ha & Hm). exists o. split; [exact Ha|].
    intros xs p j Hp. exact (Hm xs p j Hp).
Qed.

Lemma carrier_in L s c : carrier L s = Some c -> In (s, c) L.
Proof.
  induction L as [|[a b] L IH]; simpl; [easy|].
  destruct (Nat.eqb_spec a s) as [->|]; [intros [= ->]; now left | intros H; right; now apply IH].
Qed.

Lemma wired_ok L args args' : wired L args args' = true -> reads_through L args args'.
Proof.
  revert args'. induction args as [|a args IH]; intros [|b args'] H; simpl in H; try easy;
    [constructor|].
  destruct (carrier L a) as [c|] eqn:C; [|easy].
  destruct (Nat.eqb_spec b c) as [->|]; [|easy].
  constructor; [now apply carrier_in | now apply IH].
Qed.

Lemma check_step_ok p L s i' a :
  check_step p L s i' = (None, a) ->
  exists q, agree_instr within i' q /\ matches exec veq p L q a.
Proof.
  unfold check_step. destruct (sources s) as [|x [|y [|]]]; try easy.
  - destruct (nth_error p x) as [i|] eqn:X; [|easy]. intros [= H <-]. conditions H.
    apply need_ok, wired_ok in H0. destruct (single_ok _ _ _ H) as (l & He & Ha & Hm).
    exists (Instr l (iargs i')). split; [now repeat split|].
    now apply (matches_one _ _ p L _ x i).
  - destruct (nth_error p x) as [i|] eqn:X, (nth_error p y) as [k|] eqn:Y; try easy.
    intros [= H <-]. conditions H. apply need_ok, same_numbers_ok in H0.
    apply need_ok, wired_ok in H1. destruct (double_ok _ _ _ _ H) as (l & He & Ha & Hm).
    exists (Instr l (iargs i')). split; [now repeat split|].
    now apply (matches_two _ _ p L _ x i y k).
Qed.

(** ** Soundness of the checker *)
Lemma check_from_ok p : forall p' m L steps,
  check_from p m L steps p' = None ->
  exists q L', Forall2 (agree_instr within) p' q /\ linked exec veq p m L q L' /\
    In (pred (length p), pred (m + length p')) L'.
Proof.
  induction p' as [|i' p' IH]; intros m L steps H; destruct steps as [|s steps]; simpl in H; try easy.
  - exists [], L. split; [constructor|]. split; [constructor|].
    destruct (carrier L (pred (length p))) as [c|] eqn:C; [|easy]. destruct m as [|m]; [easy|].
    destruct (Nat.eqb_spec c m) as [->|]; [|easy]. apply carrier_in in C.
    simpl. now rewrite Nat.add_0_r.
  - destruct (check_step p L s i') as [[fault|] a] eqn:S; [easy|].
    destruct (check_step_ok _ _ _ _ _ S) as (j & Ha & Hm).
    destruct (IH (Datatypes.S m) ((a, m) :: L) steps H) as (q & L' & Hq & Hl & Hout).
    exists (j :: q), L'. split; [now constructor|]. split; [econstructor; eassumption|].
    simpl. now rewrite Nat.add_succ_r.
Qed.

Notation solution := (solves exec veq).

Theorem check_near_sound steps p p' : check steps p p' = None ->
  exists q, Forall2 (agree_instr within) p' q /\
  forall v w, solution p v -> solution q w -> veq (v (pred (length p))) (w (pred (length p'))).
Proof.
  intros H. destruct (check_from_ok p p' O [] steps H) as (q & L & Hq & Hl & Hout).
  exists q. split; [exact Hq|]. intros v w Hv Hw.
  assert (C : carried_by veq v w L).
  { apply (carried exec veq veq_sym veq_trans (exec_ext opaque opaque_ext) p q L v w Hl Hv Hw). }
  unfold carried_by in C. rewrite Forall_forall in C. exact (C _ Hout).
Qed.

Lemma agree_solution p' q v :
  Forall2 (agree_instr (fun a e : K => a = e)) p' q -> solution p' v -> solution q v.
Proof.
  intros H Hv n i Hi. revert p' q n i H Hv Hi.
  assert (G : forall p' q, Forall2 (agree_instr (fun a e : K => a = e)) p' q ->
    forall n i, nth_error q n = Some i -> exists i', nth_error p' n = Some i' /\
      agree_instr (fun a e : K => a = e) i' i).
  { induction 1 as [|i' j p' q Ha _ IH]; intros [|n] i Hi; simpl in *; try easy.
    - injection Hi as <-. eauto.
    - now apply IH. }
  intros p' q n i H Hv Hi. destruct (G p' q H n i Hi) as (i' & Hi' & Hargs & He & Ha).
  apply (veq_trans _ _ _ (Hv n i' Hi')). rewrite Hargs.
  now apply agree_exec.
Qed.

Theorem check_sound steps p p' : (forall a e, near a e = true -> a = e) ->
  check steps p p' = None ->
  forall v v', solution p v -> solution p' v' -> veq (v (pred (length p))) (v' (pred (length p'))).
Proof.
  intros Hn H v v' Hv Hv'. destruct (check_near_sound steps p p' H) as (q & Hq & Hs).
  apply Hs; [exact Hv|]. apply (agree_solution p'); [|exact Hv'].
  clear - Hq Hn. induction Hq as [|i j p' q Ha _ IH]; constructor; [|exact IH].
  destruct Ha as (Hargs & He & Ho). split; [exact Hargs|]. split; [exact He|].
  apply (op_mono within); [|exact Ho]. intros a e [E|E]; auto.
Qed.

(** In the words of runs: both networks compute one output. *)
Corollary check_runs steps p p' : (forall a e, near a e = true -> a = e) ->
  scoped p -> scoped p' -> check steps p p' = None ->
  veq (nth (pred (length p)) (evaluate opaque p) nothing)
      (nth (pred (length p')) (evaluate opaque p') nothing).
Proof.
  intros Hn Hp Hp' H.
  exact (check_sound steps p p' Hn H _ _
           (run_solves nothing exec veq p veq_refl Hp)
           (run_solves nothing exec veq p' veq_refl Hp')).
Qed.
End Checker.
