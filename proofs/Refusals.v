(** What a class does not inherit, each with a counterexample. For projected layers: techniques that compute something
    once, from the inputs of the layer, and use it at every node. A dense layer has one input vector; a
    convolution without groups has one patch; a projected layer has, at node j, conv(x_k, F_jk), and what
    was computed for node i is of no use to node j.

    For convolutions: pruning whole kernels as if they were scalars. The counterexample is nearly always the same: two nodes, one input, kernels of two taps, node j
    looking at tap j, over any ring with 1 <> 0. *)
From Coq Require Import List Ring Bool.
Import ListNotations.
From Heirloom Require Import Sum Node Ordered Inheritance Techniques.

Local Arguments z {K J C I O} L j k x : simpl never.

Section Refusals.
Context {K : cring}.
Add Ring K_ring_refusals : (cring_law K).
Notation dec A := (forall a b : A, {a = b} + {a <> b}).
Notation delta D k m := (if D k m then 1 else 0).

(** ** The laws *)

(** Low-rank computation: with w = U V the numbers h = V z are computed once, and node j mixes them by
    its row of U. That is rank * (inputs + nodes) products in place of inputs * nodes. *)
Definition low_rank_law {J C I O} (L : @layer K J C I O) : Prop :=
  forall (i : J) A (rs : list A) (V : A -> C -> K) x p, exists h : A -> K, forall U w b j t,
  In t (slots L) -> (forall k, In k (seen L j) -> w j k t = sum rs (fun r => U j r * V r k)) ->
  preact L w b x j p = sum rs (fun r => U j r * h r) + b j.

(** Whitening: a matrix A with inverse B that makes the inputs, as node i sees them, uncorrelated and of
    unit length over the batch ps. It does so for every node, and the whitened inputs, computed once,
    serve every node, whose weights become w B. *)
Definition whitening_law {J C I O} (L : @layer K J C I O) : Prop :=
  forall (i : J) N (D : dec N) (DC : dec C) (ns : list N) (A : N -> C -> K) (B : C -> N -> K) (ps : list O) x,
  let white j n p := sum (seen L j) (fun k => A n k * z L j k x p) in
  let whitens j := forall n m, In n ns -> In m ns ->
    sum ps (fun p => white j n p * white j m p) = delta D n m in
  NoDup (seen L i) ->
  (forall k m, In k (seen L i) -> In m (seen L i) -> sum ns (fun n => B k n * A n m) = delta DC m k) ->
  whitens i -> forall j, whitens j /\ forall w b p t, In t (slots L) ->
    preact L w b x j p = sum ns (fun n => sum (seen L j) (fun k => w j k t * B k n) * white i n p) + b j.

(** Kronecker-factored curvature: the gradient of weight (j, k) is G_j * z_jk. Where gradients at the
    outputs are independent of inputs (K-FAC's approximation), the curvature of the whole layer is a
    matrix over pairs of nodes times a matrix over pairs of inputs. *)
Definition kronecker_law {J C I O} (L : @layer K J C I O) : Prop :=
  forall (i : J) W (E : expectation K W) (G : W -> J -> K) (x : W -> C -> tensor I) p,
  let grad j k o := G o j * z L j k (x o) p in
  (forall j j' k l, E (fun o => (G o j * G o j') * (z L j k (x o) p * z L j' l (x o) p)) =
     E (fun o => G o j * G o j') * E (fun o => z L j k (x o) p * z L j' l (x o) p)) ->
  exists (S : J -> J -> K) (A : C -> C -> K), forall j j' k l, In k (seen L j) -> In l (seen L j') ->
    E (fun o => grad j k o * grad j' l o) = S j j' * A k l.

(** Shared-Gram ridge regression: the matrix sum_p z_k z_l + lam is inverted once, and its inverse Q
    solves the regression of every node, whatever its targets y. *)
Definition shared_gram_law {J C I O} (L : @layer K J C I O) : Prop :=
  forall (i : J) (D : dec C) (ps : list O) x lam (Q : C -> C -> K),
  let gram j k l := sum ps (fun p => z L j k x p * z L j l x p) + lam * delta D k l in
  (forall k m, In k (seen L i) -> In m (seen L i) ->
     sum (seen L i) (fun l => gram i k l * Q l m) = delta D m k) -> NoDup (seen L i) ->
  forall j y w t, In t (slots L) ->
  (forall k, w j k t = sum (seen L j) (fun m => Q k m * sum ps (fun p => z L j m x p * y p))) ->
  forall k, In k (seen L j) ->
    sum ps (fun p => (preact L w (fun _ => 0) x j p - y p) * z L j k x p) + lam * w j k t = 0.

(** Permuting the parameters of nodes permutes their values: the symmetry of weight space. *)
Definition gate_permutation_law {J C I O} (L : @layer K J C I O) : Prop := forall from w b x j p,
  preact L (fun i => w (from i)) (fun i => b (from i)) x j p = preact L w b x (from j) p.

(** ** One input vector suffices *)
Section Shared.
Context {J C I O : Type} (L : @layer K J C I O) (Sc : scalar_weighted L) (Ho : homogeneous L).

Lemma low_rank_suffices : low_rank_law L.
Proof.
  intros i A rs V x p. exists (fun r => sum (seen L i) (fun k => V r k * z L i k x p)).
  intros U w b j t Ht Hw. rewrite (low_rank_gates_suffices L Sc A rs U V w b x j p t Ht Hw). f_equal.
  apply sum_ext. intros r _. f_equal. rewrite (proj1 (Ho i j)). apply sum_ext. intros k Hk. f_equal.
  symmetry. now apply shared_inputs.
Qed.

Lemma whitening_suffices : whitening_law L.
Proof.
  intros i N D DC ns A B ps x white whitens ND HBA Hi j.
  assert (W : forall n p, white j n p = white i n p).
  { intros n p. unfold white. rewrite (proj1 (Ho j i)). apply sum_ext. intros k Hk. f_equal.
    now apply shared_inputs. }
  split.
  - intros n m Hn Hm. rewrite <- (Hi n m Hn Hm). apply sum_ext. intros p _. now rewrite !W.
  - intros w b p t Ht. rewrite (scalar_form L w b x j p t Sc Ht). f_equal. rewrite (proj1 (Ho j i)).
    rewrite (sum_ext ns _ (fun n => sum (seen L i) (fun k => w j k t * (B k n * white i n p))))
      by (intros; rewrite sum_scale_r; apply sum_ext; intros; ring).
    rewrite sum_swap. apply sum_ext. intros k Hk. rewrite <- sum_scale. f_equal.
    rewrite (shared_inputs L j i k x p Ho Hk). unfold white.
    rewrite (sum_ext ns _ (fun n => sum (seen L i) (fun m => B k n * A n m * z L i m x p)))
      by (intros; rewrite sum_scale; apply sum_ext; intros; ring).
    rewrite sum_swap, (sum_ext _ _ (fun m => if DC m k then z L i m x p else 0)).
    + symmetry. exact (sum_delta DC (seen L i) k (fun m => z L i m x p) ND Hk).
    + intros m Hm. rewrite <- sum_scale_r, (HBA k m Hk Hm). destruct (DC m k); ring.
Qed.

Lemma kronecker_suffices : kronecker_law L.
Proof.
  intros i W E G x p grad HE. exists (fun j j' => E (fun o => G o j * G o j')).
  exists (fun k l => E (fun o => z L i k (x o) p * z L i l (x o) p)). intros j j' k l Hk Hl.
  unfold grad. transitivity (E (fun o => (G o j * G o j') * (z L j k (x o) p * z L j' l (x o) p))).
  - apply mean_ext. intros o. ring.
  - rewrite HE. f_equal. apply mean_ext. intros o.
    now rewrite (shared_inputs L i j k (x o) p Ho Hk), (shared_inputs L i j' l (x o) p Ho Hl).
Qed.

Lemma shared_gram_suffices : shared_gram_law L.
Proof.
  intros i D ps x lam Q gram HQ ND j y w t Ht Hw k Hk.
  assert (G : forall l, In l (seen L j) -> gram j k l = gram i k l).
  { intros l Hl. unfold gram. f_equal. apply sum_ext. intros p _.
    now rewrite (shared_inputs L i j k x p Ho Hk), (shared_inputs L i j l x p Ho Hl). }
  rewrite (proj1 (Ho i j)) in HQ, ND.
  set (c := fun m => sum ps (fun p => z L j m x p * y p)) in *.
  transitivity (sum (seen L j) (fun l => gram j k l * w j l t) - c k).
  - unfold gram. rewrite (sum_ext (seen L j) _ (fun l =>
      sum ps (fun p => w j l t * z L j l x p * z L j k x p) + (if D l k then lam * w j l t else 0))).
    + rewrite sum_add, sum_swap, (sum_delta D (seen L j) k (fun l => lam * w j l t) ND Hk).
      rewrite (sum_ext ps (fun p => (_ - _) * _) (fun p =>
        sum (seen L j) (fun l => w j l t * z L j l x p * z L j k x p) + opp 1 * (z L j k x p * y p))).
      * rewrite sum_add, <- sum_scale. fold (c k). ring.
      * intros p _. rewrite (scalar_form L w _ x j p t Sc Ht), <- sum_scale_r. ring.
    + intros l _. rewrite (sum_ext ps (fun p => w j l t * _ * _) (fun p => w j l t *
        (z L j k x p * z L j l x p))) by (intros; ring). rewrite <- sum_scale.
      destruct (D k l), (D l k); try congruence; ring.
  - rewrite (sum_ext _ _ (fun l => sum (seen L j) (fun m => gram i k l * Q l m * c m)))
      by (intros l Hl; rewrite (G l Hl), Hw, sum_scale; apply sum_ext; intros; unfold c; ring).
    rewrite sum_swap, (sum_ext _ _ (fun m => if D m k then c m else 0)).
    + rewrite (sum_delta D (seen L j) k c ND Hk). ring.
    + intros m Hm. rewrite <- sum_scale_r, (HQ k m Hk Hm). destruct (D m k); ring.
Qed.

Lemma gate_permutation_suffices : gate_permutation_law L.
Proof.
  intros from w b x j p. unfold preact. f_equal. rewrite (proj1 (Ho j (from j))). apply sum_ext.
  intros k Hk. now apply (Ho j (from j)).
Qed.
End Shared.

(** ** The techniques *)
Definition on_shared (P : forall J C I O, @layer K J C I O -> Prop)
  (H : forall J C I O L, scalar_weighted L -> homogeneous L -> P J C I O L) : technique some_layer :=
  Technique [is (@scalar_weighted K); is (@homogeneous K)] (is P)
    (fun s A => H _ _ _ _ (body s) (A _ (or_introl eq_refl)) (A _ (or_intror (or_introl eq_refl)))).

Definition low_rank := on_shared (@low_rank_law) (@low_rank_suffices).
Definition whitening := on_shared (@whitening_law) (@whitening_suffices).
Definition kronecker := on_shared (@kronecker_law) (fun _ _ _ _ L _ => kronecker_suffices L).
Definition shared_gram := on_shared (@shared_gram_law) (@shared_gram_suffices).
Definition gate_permutation := on_shared (@gate_permutation_law) (fun _ _ _ _ L _ => gate_permutation_suffices L).

(** Dense layers inherit what needs one input vector, and so do convolutions through their patches. *)
Theorem homogeneous_inherited T L :
  In T [low_rank; whitening; kronecker; shared_gram; gate_permutation] ->
  gffn_layers L \/ patch_layers L -> law T L.
Proof.
  intros HT HL.
  assert (HN : needs T = [is (@scalar_weighted K); is (@homogeneous K)]).
  { simpl in HT. decompose [or] HT; try contradiction; subst; reflexivity. }
  destruct HL as [HL|HL]; revert L HL; apply inherits; rewrite HN; intros A [<-|[<-|[]]];
    (apply gffn_provides || apply patches_provide).
Qed.

(** ** The counterexamples *)
Definition refused {S} (T : technique S) (class : S -> Prop) : Prop :=
  exists s, class s /\ ~ law T s.

Section Counterexamples.
Hypothesis nontrivial : (one : K) <> 0.
Definition nodes2 : @layer K bool unit bool unit := tap_nodes [tt].
Lemma unit_dec : dec unit. Proof. now intros [] []; left. Qed.
Definition point : expectation K unit.
Proof. refine (Expectation K unit (fun f => f tt) _ _ _ _); auto. Defined.

Lemma nodes2_value w b x j : preact nodes2 w b x j tt = w j tt tt * x tt j + b j.
Proof.
  rewrite (scalar_form nodes2 w b x j tt tt);
    [|exact (proj1 projected_provides _ (tap_nodes_projected [tt])) | now left].
  simpl. unfold nodes2. rewrite tap_nodes_z. ring.
Qed.

Ltac refuse ks := exists (bundled (tap_nodes ks)); split; [apply tap_nodes_projected | intros H; apply nontrivial].

Theorem low_rank_refused : refused low_rank projected_layers.
Proof.
  refuse [tt]. destruct (H true unit [tt] (fun _ _ => 1) first_only tt) as (h & E).
  assert (V : forall j, preact nodes2 (fun _ _ _ => 1) (fun _ => 0) first_only j tt = h tt).
  { intros j. transitivity (sum [tt] (fun r => 1 * h r) + 0); [|simpl; ring].
    apply (E (fun _ _ => 1) (fun _ _ _ => 1) (fun _ => 0) j tt); [now left | intros; simpl; ring]. }
  transitivity (h tt); [rewrite <- (V true) | rewrite <- (V false)]; rewrite nodes2_value;
    unfold first_only; simpl; ring.
Qed.

Theorem whitening_refused : refused whitening projected_layers.
Proof.
  refuse [tt].
  destruct (H true unit unit_dec unit_dec [tt] (fun _ _ => 1) (fun _ _ => 1) [tt] first_only)
    with (j := false) as (E & _).
  - repeat constructor; simpl; tauto.
  - intros [] [] _ _. simpl. destruct (unit_dec tt tt); [ring | congruence].
  - intros [] [] _ _. simpl. rewrite tap_nodes_z. simpl. destruct (unit_dec tt tt); [ring | congruence].
  - specialize (E tt tt (or_introl eq_refl) (or_introl eq_refl)). simpl in E. rewrite tap_nodes_z in E.
    simpl in E. destruct (unit_dec tt tt); [|congruence]. rewrite <- E. ring.
Qed.

(** Two inputs, input k one at position k: the gradients are the unit matrix, which is no product. *)
Theorem kronecker_refused : refused kronecker projected_layers.
Proof.
  refuse [true; false].
  destruct (H true unit point (fun _ _ => 1) (fun _ k p => if Bool.eqb k p then 1 else 0) tt)
    as (S & A & E); [reflexivity|].
  assert (V : forall j k l, S j j * A k l = (if Bool.eqb k j then 1 else 0) * (if Bool.eqb l j then 1 else 0)).
  { intros j k l. rewrite <- (E j j k l); [simpl; rewrite !tap_nodes_z; ring | |];
      [destruct k | destruct l]; simpl; tauto. }
  pose proof (V true true true) as V1. pose proof (V false false false) as V2.
  pose proof (V true false false) as V0. simpl in V1, V2, V0.
  transitivity ((S true true * A true true) * (S false false * A false false)); [rewrite V1, V2; ring|].
  transitivity (S true true * A false false * (A true true * S false false)); [ring | rewrite V0; ring].
Qed.

(** At lam = 1 and an input that node [false] does not see, its Gram matrix is 1 and that of the other 2. *)
Theorem shared_gram_refused : refused shared_gram projected_layers.
Proof.
  refuse [tt].
  rewrite <- (H false unit_dec [tt] first_only 1 (fun _ _ => 1)) with
    (j := true) (y := fun _ => 1) (w := fun _ _ _ => 1) (t := tt) (k := tt); try (now left).
  - simpl. fold nodes2. rewrite nodes2_value. unfold nodes2. rewrite tap_nodes_z. simpl. ring.
  - intros [] [] _ _. simpl. rewrite tap_nodes_z. simpl. destruct (unit_dec tt tt); [ring | congruence].
  - repeat constructor; simpl; tauto.
  - intros []. simpl. rewrite tap_nodes_z. simpl. ring.
Qed.

(** Exchanging the gates of two nodes does not exchange the nodes: the kernels stay where they are. *)
Theorem gate_permutation_refused : refused gate_permutation projected_layers.
Proof.
  refuse [tt]. pose proof (H negb (fun _ _ _ => 1) (fun _ => 0) first_only true tt) as E.
  simpl in E. fold nodes2 in E. rewrite !nodes2_value in E. unfold first_only in E. simpl in E.
  transitivity ((1 : K) * 1 + 0); [ring | rewrite E; ring].
Qed.

(** And one that projected layers inherit and convolutions do not: a zero at one tap of a kernel does not
    remove the connection. Pruning works on a convolution tap by tap ([gcnn_patches]). *)
Theorem kernel_pruning_refused (R : ordered K) : refused (pruning R) gcnn_layers.
Proof.
  pose (L := gcnn_layer (K := K) (J := unit) (C := unit) pair_window (fun _ => [tt])).
  exists (bundled L). split; [now exists unit, unit, bool, unit, pair_window, [tt]|].
  intros H. apply nontrivial.
  destruct (H (fun _ _ => false) (fun _ _ t => if t then 0 else 1) (fun _ => 0) (fun _ _ => 1) tt tt true)
    as (E & _); [now left | reflexivity |].
  transitivity (preact L (fun _ _ (t : bool) => if t then 0 else 1) (fun _ => 0) (fun _ _ => 1) tt tt).
  - cbv [preact L gcnn_layer seen term conv]; simpl. ring.
  - simpl in E. rewrite E. cbv [preact prune seen]; simpl. ring.
Qed.
End Counterexamples.
End Refusals.
