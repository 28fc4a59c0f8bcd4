(** What projected layers inherit from dense ones: techniques that need a scalar per input and no more.

    Everything below rests on one line, [scalar_form]: y_j = sum_k w_jk * z_jk + b_j. Where the inputs
    z_jk come from is nobody's business: they are the x_k of a dense layer, or conv(x_k, F_jk) with a
    frozen kernel, and then w_jk is the gate g_jk. Each law speaks of one node and its own inputs, so it
    does not matter that another node has others.

    Laws are stated for parameters [w j k t], t the only slot of the pair (j, k). Random things are taken
    with an abstract expectation: any linear functional that keeps constants. *)
From Coq Require Import List Ring Bool.
Import ListNotations.
From Heirloom Require Import Sum Node Ordered Inheritance.

(** ** Expectations *)
Record expectation (K : cring) (W : Type) := Expectation {
  mean :> (W -> K) -> K;
  mean_ext : forall f g, (forall o, f o = g o) -> mean f = mean g;
  mean_add : forall f g, mean (fun o => f o + g o) = mean f + mean g;
  mean_scale : forall c f, mean (fun o => c * f o) = c * mean f;
  mean_one : mean (fun _ => 1) = 1 }.

Section Techniques.
Context {K : cring} (R : ordered K).
Add Ring K_ring_techniques : (cring_law K).
Notation dec A := (forall a b : A, {a = b} + {a <> b}).
Notation "a <= b" := (le R a b).

Lemma mean_zero {W} (E : expectation K W) : E (fun _ => 0) = 0.
Proof. rewrite (mean_ext K W E _ (fun _ => 0 * 0)) by (intros; ring). rewrite mean_scale. ring. Qed.

Lemma mean_sum {W A} (E : expectation K W) (l : list A) f :
  E (fun o => sum l (fun a => f a o)) = sum l (fun a => E (f a)).
Proof.
  induction l; simpl; [apply mean_zero|]. rewrite mean_add. now f_equal.
Qed.

(** The second moment of a combination of uncorrelated quantities has no mixed terms. *)
Lemma second_moment {W A} (E : expectation K W) (D : dec A) (l : list A) (v : A -> W -> K) (c s : A -> K) :
  NoDup l ->
  (forall k m, In k l -> In m l -> E (fun o => v k o * v m o) = if D m k then s k else 0) ->
  E (fun o => sum l (fun k => v k o * c k) * sum l (fun k => v k o * c k)) =
  sum l (fun k => s k * (c k * c k)).
Proof.
  intros ND H.
  rewrite (mean_ext K W E _ (fun o => sum l (fun k => sum l (fun m => c k * c m * (v k o * v m o))))).
  - rewrite mean_sum. apply sum_ext. intros k Hk. rewrite mean_sum.
    rewrite (sum_ext l _ (fun m => if D m k then s k * (c k * c m) else 0)).
    + now rewrite (sum_delta D l k (fun m => s k * (c k * c m))).
    + intros m Hm. rewrite mean_scale, (H k m Hk Hm). destruct (D m k); ring.
  - intros o. rewrite sum_scale_r. apply sum_ext. intros k _. rewrite sum_scale.
    apply sum_ext. intros; ring.
Qed.

(** ** Pruning and quantisation: bounds on what a change of the weights does to the node *)
Definition prune {J C I O} (keep : J -> C -> bool) (L : @layer K J C I O) : layer J C I O :=
  Layer (slot L) (slots L) (fun j => filter (keep j) (seen L j)) (term L).

Lemma preact_sub {J C I O} (L : @layer K J C I O) v w b x j p t : scalar_weighted L -> In t (slots L) ->
  preact L v b x j p - preact L w b x j p =
  sum (seen L j) (fun k => (v j k t - w j k t) * z L j k x p).
Proof.
  intros H Ht. rewrite !(scalar_form L _ b x j p t H Ht).
  rewrite (sum_ext _ (fun k => v j k t * z L j k x p) (fun k =>
             (v j k t - w j k t) * z L j k x p + w j k t * z L j k x p)) by (intros; ring).
  rewrite sum_add. ring.
Qed.

Lemma change_bound {A} (l : list A) d u e : (forall k, In k l -> mag R (d k) <= e) ->
  mag R (sum l (fun k => d k * u k)) <= e * sum l (fun k => mag R (u k)).
Proof.
  intros H. eapply le_trans; [apply mag_sum|]. rewrite sum_scale. apply le_sum. intros k Hk.
  eapply le_trans; [apply mag_mul|].
  replace (mag R (d k) * mag R (u k)) with (mag R (u k) * mag R (d k)) by ring.
  replace (e * mag R (u k)) with (mag R (u k) * e) by ring.
  apply le_mul; [apply mag_nonneg | auto].
Qed.

(** A zero of the scalar is the absence of the connection, kernel and all; and zeroing what is at most
    theta moves the node by at most theta times what these connections carried. *)
Definition pruning_law {J C I O} (L : @layer K J C I O) : Prop := forall keep w b x j p t, In t (slots L) ->
  (forall k, In k (seen L j) -> keep j k = false -> w j k t = 0) ->
  preact L w b x j p = preact (prune keep L) w b x j p /\
  forall v theta, (forall k, In k (seen L j) -> keep j k = true -> v j k t = w j k t) ->
    (forall k, In k (seen L j) -> keep j k = false -> mag R (v j k t) <= theta) ->
    mag R (preact L v b x j p - preact L w b x j p) <=
    theta * sum (filter (fun k => negb (keep j k)) (seen L j)) (fun k => mag R (z L j k x p)).

Lemma pruning_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> pruning_law L.
Proof.
  intros H keep w b x j p t Ht H0. split.
  - rewrite (scalar_form L w b x j p t H Ht). unfold preact. simpl. f_equal. rewrite sum_filter.
    destruct H as (s & Hs & H). rewrite Hs in Ht. destruct Ht as [<-|[]].
    apply sum_ext. intros k Hk. destruct (keep j k) eqn:E; [now rewrite (H j k (w j k))|].
    rewrite (H0 k Hk E). ring.
  - intros v theta H1 H2. rewrite (preact_sub L v w b x j p t H Ht).
    rewrite (sum_ext _ _ (fun k => if negb (keep j k) then v j k t * z L j k x p else 0)).
    + rewrite <- sum_filter. apply change_bound. intros k Hk. apply filter_In in Hk.
      destruct Hk as (Hk & E). apply H2; [exact Hk|]. now destruct (keep j k).
    + intros k Hk. destruct (keep j k) eqn:E; simpl; [rewrite (H1 k Hk E) | rewrite (H0 k Hk E)]; ring.
Qed.

(** Rounding each scalar by at most eps moves the node by at most eps times its inputs' magnitudes. *)
Definition quantisation_law {J C I O} (L : @layer K J C I O) : Prop := forall v w b x j p t eps,
  In t (slots L) -> (forall k, In k (seen L j) -> mag R (v j k t - w j k t) <= eps) ->
  mag R (preact L v b x j p - preact L w b x j p) <=
  eps * sum (seen L j) (fun k => mag R (z L j k x p)).

Lemma quantisation_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> quantisation_law L.
Proof.
  intros H v w b x j p t eps Ht He. rewrite (preact_sub L v w b x j p t H Ht). now apply change_bound.
Qed.

(** ** DropConnect and fan-in initialisation: random weights

    With masks of mean q, uncorrelated and of variance q (1 - q), the mean of the node is the node at q
    times the weights (how one predicts after training), and its variance is the sum over connections. *)
Definition dropconnect_law {J C I O} (L : @layer K J C I O) : Prop :=
  forall (D : dec C) W (E : expectation K W) (m : C -> W -> K) q w b x j p t,
  In t (slots L) -> NoDup (seen L j) -> (forall k, In k (seen L j) -> E (m k) = q) ->
  (forall k l, In k (seen L j) -> In l (seen L j) ->
     E (fun o => (m k o - q) * (m l o - q)) = if D l k then q * (1 - q) else 0) ->
  let y o := preact L (fun j k t => m k o * w j k t) b x j p in
  let y' := preact L (fun j k t => q * w j k t) b x j p in
  E y = y' /\ E (fun o => (y o - y') * (y o - y')) =
    sum (seen L j) (fun k => q * (1 - q) * (w j k t * z L j k x p * (w j k t * z L j k x p))).

Lemma dropconnect_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> dropconnect_law L.
Proof.
  intros H D W E m q w b x j p t Ht ND Hm Hc y y'. split.
  - unfold y, y'. rewrite (scalar_form L (fun j k t => q * w j k t) b x j p t H Ht).
    rewrite (mean_ext K W E _ (fun o => sum (seen L j) (fun k => w j k t * z L j k x p * m k o) + b j * 1)).
    + rewrite mean_add, mean_scale, mean_one, mean_sum.
      rewrite (sum_ext _ _ (fun k => q * w j k t * z L j k x p)); [ring|].
      intros k Hk. rewrite mean_scale, (Hm k Hk). ring.
    + intros o. rewrite (scalar_form L _ b x j p t H Ht).
      rewrite (sum_ext _ _ (fun k => w j k t * z L j k x p * m k o)) by (intros; ring). ring.
  - rewrite <- (second_moment E D (seen L j) (fun k o => m k o - q) (fun k => w j k t * z L j k x p)
                  (fun _ => q * (1 - q)) ND Hc).
    apply mean_ext. intros o. unfold y, y'. rewrite (preact_sub L _ _ b x j p t H Ht).
    f_equal; apply sum_ext; intros; ring.
Qed.

(** Uncorrelated weights of mean square s give the node, over the draws, s times the mean square of its
    inputs; with s = 1 / fan-in the mean square q of the inputs over the data is kept. The fan-in is the
    number of inputs: a kernel has done the summing over its taps already, in z_jk. *)
Definition fan_in_law {J C I O} (L : @layer K J C I O) : Prop :=
  forall (D : dec C) W (E : expectation K W) (w : W -> J -> C -> slot L -> K) s j t,
  In t (slots L) -> NoDup (seen L j) ->
  (forall k l, In k (seen L j) -> In l (seen L j) ->
     E (fun o => w o j k t * w o j l t) = if D l k then s else 0) ->
  let square x p := E (fun o => preact L (w o) (fun _ => 0) x j p * preact L (w o) (fun _ => 0) x j p) in
  (forall x p, square x p = s * sum (seen L j) (fun k => z L j k x p * z L j k x p)) /\
  forall V (F : expectation K V) (x : V -> C -> tensor I) p q,
    s * sum (seen L j) (fun _ => 1) = 1 ->
    (forall k, In k (seen L j) -> F (fun v => z L j k (x v) p * z L j k (x v) p) = q) ->
    F (fun v => square (x v) p) = q.

Lemma fan_in_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> fan_in_law L.
Proof.
  intros H D W E w s j t Ht ND Hc square.
  assert (S : forall x p, square x p = s * sum (seen L j) (fun k => z L j k x p * z L j k x p)).
  { intros x p. rewrite sum_scale, <- (second_moment E D (seen L j) (fun k o => w o j k t)
                                         (fun k => z L j k x p) (fun _ => s) ND Hc).
    apply mean_ext. intros o. rewrite (scalar_form L _ _ x j p t H Ht). ring. }
  split; [exact S|]. intros V F x p q Hs Hq. rewrite (mean_ext K V F _ _ (fun v => S (x v) p)).
  rewrite mean_scale, mean_sum, (sum_ext _ _ (fun _ => q * 1)) by (intros; rewrite Hq by assumption; ring).
  rewrite <- sum_scale. transitivity (q * (s * sum (seen L j) (fun _ => 1))); [|rewrite Hs]; ring.
Qed.

(** ** Weight normalisation

    w = rho * v / |v|: whatever the direction v, the length of the weights is rho, and rho scales what
    the unit vector computes. [i] is the inverse of the length n of v. *)
Definition weight_norm_law {J C I O} (L : @layer K J C I O) : Prop := forall v rho n i b x j p t,
  In t (slots L) -> n * n = sum (seen L j) (fun k => v j k t * v j k t) -> i * n = 1 ->
  let unit := fun j k t => i * v j k t in
  sum (seen L j) (fun k => rho * unit j k t * (rho * unit j k t)) = rho * rho /\
  preact L (fun j k t => rho * unit j k t) b x j p = rho * preact L unit (fun _ => 0) x j p + b j.

Lemma weight_norm_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> weight_norm_law L.
Proof.
  intros H v rho n i b x j p t Ht Hn Hi u. unfold u. split.
  - rewrite (sum_ext _ _ (fun k => rho * rho * (i * i) * (v j k t * v j k t))) by (intros; ring).
    rewrite <- sum_scale, <- Hn. transitivity (rho * rho * ((i * n) * (i * n))); [|rewrite Hi]; ring.
  - rewrite !(scalar_form L _ _ x j p t H Ht).
    rewrite (sum_ext _ (fun k => rho * (i * v j k t) * z L j k x p)
               (fun k => rho * (i * v j k t * z L j k x p))) by (intros; ring).
    rewrite <- sum_scale. ring.
Qed.

(** ** The nuance of low rank

    A matrix of gates may be parametrised as U V. Node j then mixes, with U, rank-many combinations of
    its own inputs. What this does not give is a shorter computation: see [low_rank_refused]. *)
Definition low_rank_gates_law {J C I O} (L : @layer K J C I O) : Prop :=
  forall A (rs : list A) (U : J -> A -> K) (V : A -> C -> K) w b x j p t, In t (slots L) ->
  (forall k, In k (seen L j) -> w j k t = sum rs (fun r => U j r * V r k)) ->
  preact L w b x j p =
  sum rs (fun r => U j r * sum (seen L j) (fun k => V r k * z L j k x p)) + b j.

Lemma low_rank_gates_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> low_rank_gates_law L.
Proof.
  intros H A rs U V w b x j p t Ht Hw. rewrite (scalar_form L w b x j p t H Ht). f_equal.
  rewrite (sum_ext rs _ (fun r => sum (seen L j) (fun k => U j r * (V r k * z L j k x p))))
    by (intros; apply sum_scale).
  rewrite sum_swap. apply sum_ext. intros k Hk. rewrite (Hw k Hk), sum_scale_r.
  apply sum_ext. intros; ring.
Qed.

(** ** The techniques, and that every class with a scalar per input inherits them: dense layers,
    convolutions seen from their patches, projected layers *)
Definition on_scalars (P : forall J C I O, @layer K J C I O -> Prop)
  (H : forall J C I O L, scalar_weighted L -> P J C I O L) : technique some_layer :=
  Technique [is (@scalar_weighted K)] (is P)
    (fun s A => H _ _ _ _ (body s) (A _ (or_introl eq_refl))).

Lemma inherited P H L : scalar_layers L -> law (on_scalars P H) L.
Proof. apply inherits. intros A [<-|[]]. exact scalar_layers_provide. Qed.

Definition pruning := on_scalars (@pruning_law) (@pruning_suffices).
Definition quantisation := on_scalars (@quantisation_law) (@quantisation_suffices).
Definition dropconnect := on_scalars (@dropconnect_law) (@dropconnect_suffices).
Definition fan_in := on_scalars (@fan_in_law) (@fan_in_suffices).
Definition weight_norm := on_scalars (@weight_norm_law) (@weight_norm_suffices).
Definition low_rank_gates := on_scalars (@low_rank_gates_law) (@low_rank_gates_suffices).

Theorem pruning_inherited L : scalar_layers L -> law pruning L.
Proof. apply inherited. Qed.
Theorem quantisation_inherited L : scalar_layers L -> law quantisation L.
Proof. apply inherited. Qed.
Theorem dropconnect_inherited L : scalar_layers L -> law dropconnect L.
Proof. apply inherited. Qed.
Theorem fan_in_inherited L : scalar_layers L -> law fan_in L.
Proof. apply inherited. Qed.
Theorem weight_norm_inherited L : scalar_layers L -> law weight_norm L.
Proof. apply inherited. Qed.
Theorem low_rank_gates_inherited L : scalar_layers L -> law low_rank_gates L.
Proof. apply inherited. Qed.
End Techniques.
