(** What projected layers inherit, continued: penalties on the weights, fitting them, and how much they
    matter. The node is y_j = sum_k w_jk * z_jk + b_j with w_jk its gates, so its loss is, in the gates,
    what a dense node's loss is in its weights: gradients are inner products with z_jk, a squared loss is
    a quadratic whose minimum is a linear system per node, and a penalty that makes a scalar zero removes
    a connection. [inner ps] sums over positions, and over the batch where positions run through it. *)
From Coq Require Import List Ring Bool.
Import ListNotations.
From Heirloom Require Import Sum Node Ordered Inheritance Techniques.

Section Fitting.
Context {K : cring} (R : ordered K).
Add Ring K_ring_fitting : (cring_law K).
Notation dec A := (forall a b : A, {a = b} + {a <> b}).
Notation "a <= b" := (le R a b).
Notation square a := (a * a).

(** ** The gradient of a scalar, after which L2 and the Fisher information are short *)
Lemma derivative {J C I O} (L : @layer K J C I O) e ps ell w b x j t G d :
  scalar_weighted L -> In t (slots L) -> is_grad e ps ell (preact L w b x j) G ->
  ell (preact L (fun j k t => w j k t + e * d k) b x j) =
  ell (preact L w b x j) + e * sum (seen L j) (fun k => d k * inner ps G (z L j k x)).
Proof.
  intros H Ht (Hext & HG).
  transitivity (ell (fun p => preact L w b x j p + e * sum (seen L j) (fun k => d k * z L j k x p))).
  - apply Hext. intros p. rewrite !(scalar_form L _ b x j p t H Ht).
    rewrite (sum_ext _ (fun k => (w j k t + e * d k) * z L j k x p)
               (fun k => w j k t * z L j k x p + e * (d k * z L j k x p))) by (intros; ring).
    rewrite sum_add, <- sum_scale. ring.
  - rewrite HG. do 2 f_equal. unfold inner.
    rewrite (sum_ext ps _ (fun p => sum (seen L j) (fun k => d k * (G p * z L j k x p)))).
    + rewrite sum_swap. apply sum_ext. intros k _. now rewrite sum_scale.
    + intros p _. rewrite sum_scale. apply sum_ext. intros; ring.
Qed.

(** L2. The gradient of the penalised loss is the gradient plus 2 lambda w: weight decay, scalar by scalar.
    (Read K as dual numbers: e is the infinitesimal.) *)
Definition l2_decay_law {J C I O} (L : @layer K J C I O) : Prop := forall e ps ell w b x j t G d lam,
  In t (slots L) -> e * e = 0 -> is_grad e ps ell (preact L w b x j) G ->
  let norm w := sum (seen L j) (fun k => square (w j k t)) in
  let w' := fun j k t => w j k t + e * d k in
  ell (preact L w' b x j) + lam * norm w' = ell (preact L w b x j) + lam * norm w +
    e * sum (seen L j) (fun k => d k * (inner ps G (z L j k x) + (lam + lam) * w j k t)).

Lemma l2_decay_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> l2_decay_law L.
Proof.
  intros H e ps ell w b x j t G d lam Ht He HG norm w'. unfold w'.
  rewrite (derivative L e ps ell w b x j t G d H Ht HG). unfold norm.
  rewrite (sum_ext (seen L j) (fun k => square (w j k t + e * d k)) (fun k =>
             square (w j k t) + e * (d k * (w j k t + w j k t)))).
  - rewrite (sum_ext (seen L j) (fun k => d k * (_ + _ * _)) (fun k => d k * inner ps G (z L j k x) +
               lam * (d k * (w j k t + w j k t)))) by (intros; ring).
    rewrite !sum_add, <- !sum_scale. ring.
  - intros k _. transitivity (square (w j k t) + e * (d k * (w j k t + w j k t)) + e * e * square (d k));
      [|rewrite He]; ring.
Qed.

(** And why small weights are wanted: their norm bounds what the node can make of its inputs. *)
Definition l2_bound_law {J C I O} (L : @layer K J C I O) : Prop := forall w b x j p t, In t (slots L) ->
  square (preact L w b x j p - b j) <=
  sum (seen L j) (fun k => square (w j k t)) * sum (seen L j) (fun k => square (z L j k x p)).

Lemma l2_bound_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> l2_bound_law L.
Proof.
  intros H w b x j p t Ht. rewrite (scalar_form L w b x j p t H Ht).
  replace (sum (seen L j) (fun k => w j k t * z L j k x p) + b j - b j)
    with (sum (seen L j) (fun k => w j k t * z L j k x p)) by ring. apply cauchy.
Qed.

(** Diagonal Fisher information (elastic weight consolidation): the score of a weight is <G, z_jk>; where
    scores are uncorrelated over the data, the Fisher form is the sum of squares that EWC penalises. *)
Definition fisher_law {J C I O} (L : @layer K J C I O) : Prop :=
  forall W (E : expectation K W) e ps ell w b (x : W -> C -> tensor I) j t G,
  In t (slots L) -> (forall o, is_grad e ps (ell o) (preact L w b (x o) j) (G o)) ->
  let score k o := inner ps (G o) (z L j k (x o)) in
  (forall o d, ell o (preact L (fun j k t => w j k t + e * d k) b (x o) j) =
    ell o (preact L w b (x o) j) + e * sum (seen L j) (fun k => score k o * d k)) /\
  forall (D : dec C) d, NoDup (seen L j) ->
    (forall k l, In k (seen L j) -> In l (seen L j) -> l <> k -> E (fun o => score k o * score l o) = 0) ->
    E (fun o => square (sum (seen L j) (fun k => score k o * d k))) =
    sum (seen L j) (fun k => E (fun o => square (score k o)) * square (d k)).

Lemma fisher_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> fisher_law L.
Proof.
  intros H W E e ps ell w b x j t G Ht HG score. split.
  - intros o d. rewrite (derivative L e ps (ell o) w b (x o) j t (G o) d H Ht (HG o)).
    do 2 f_equal. apply sum_ext. intros k _. unfold score. ring.
  - intros D d ND Hc. apply (second_moment E D (seen L j) score d (fun k => E (fun o => square (score k o))) ND).
    intros k l Hk Hl. destruct (D l k) as [->|Hne]; [reflexivity | now apply Hc].
Qed.

(** ** Least squares per node, and Optimal Brain Damage *)
Definition loss {J C I O} (L : @layer K J C I O) (ps : list O) (y : tensor O) w b x j : K :=
  sum ps (fun p => square (preact L w b x j p - y p)).

(** The normal equations of node j: the residual is orthogonal to each of its inputs, and to ones. *)
Definition normal {J C I O} (L : @layer K J C I O) (ps : list O) (y : tensor O) w b x j : Prop :=
  (forall k, In k (seen L j) -> sum ps (fun p => (preact L w b x j p - y p) * z L j k x p) = 0) /\
  sum ps (fun p => preact L w b x j p - y p) = 0.

Lemma pythagoras {J C I O} (L : @layer K J C I O) ps y w b x j t u c :
  scalar_weighted L -> In t (slots L) -> normal L ps y w b x j ->
  loss L ps y u c x j = loss L ps y w b x j +
    sum ps (fun p => square (preact L u c x j p - preact L w b x j p)).
Proof.
  intros H Ht (Hz & H1). unfold loss.
  set (r := fun p => preact L w b x j p - y p). set (D := fun p => preact L u c x j p - preact L w b x j p).
  assert (O1 : sum ps (fun p => r p * D p) = 0).
  { rewrite (sum_ext ps _ (fun p => sum (seen L j) (fun k => (u j k t - w j k t) * (r p * z L j k x p))
                                    + (c j - b j) * r p)).
    - rewrite sum_add, sum_swap, <- sum_scale. fold r in H1. rewrite H1, sum_zero; [ring|].
      intros k Hk. rewrite <- sum_scale. unfold r. rewrite (Hz k Hk). ring.
    - intros p _. unfold D. rewrite !(scalar_form L _ _ x j p t H Ht).
      rewrite (sum_ext (seen L j) (fun k => (u j k t - w j k t) * (r p * z L j k x p)) (fun k =>
                 r p * (u j k t * z L j k x p) + opp (r p) * (w j k t * z L j k x p))) by (intros; ring).
      rewrite sum_add, <- !sum_scale. ring. }
  rewrite (sum_ext ps (fun p => square (preact L u c x j p - y p))
             (fun p => square (r p) + square (D p) + (r p * D p + r p * D p)))
    by (intros; unfold r, D; ring).
  rewrite !sum_add, O1. unfold r, D. ring.
Qed.

(** A solution of the normal equations is a minimum: no other weights and bias have a smaller loss. *)
Definition least_squares_law {J C I O} (L : @layer K J C I O) : Prop := forall ps y w b x j t u c,
  In t (slots L) -> normal L ps y w b x j -> loss L ps y w b x j <= loss L ps y u c x j.

Lemma least_squares_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> least_squares_law L.
Proof.
  intros H ps y w b x j t u c Ht N. unfold le. rewrite (pythagoras L ps y w b x j t u c H Ht N).
  match goal with |- nonneg _ (?a + ?s - ?a) => replace (a + s - a) with s by ring end.
  apply nonneg_sum. intros. apply nonneg_square.
Qed.

(** Optimal Brain Damage: at the minimum, deleting weight m raises the loss by w_m^2 h_m exactly, h_m
    being the curvature sum_p z_jm(p)^2. This is the saliency by which it ranks. *)
Definition saliency_law {J C I O} (L : @layer K J C I O) : Prop :=
  forall (D : dec C) ps y w w' b x j t m, In t (slots L) -> NoDup (seen L j) -> In m (seen L j) ->
  normal L ps y w b x j -> (forall k, w' j k t = if D k m then 0 else w j k t) ->
  loss L ps y w' b x j =
  loss L ps y w b x j + square (w j m t) * sum ps (fun p => square (z L j m x p)).

Lemma saliency_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> saliency_law L.
Proof.
  intros H D ps y w w' b x j t m Ht ND Hm N Hw. rewrite (pythagoras L ps y w b x j t w' b H Ht N).
  f_equal. rewrite sum_scale. apply sum_ext. intros p _. rewrite (preact_sub L w' w b x j p t H Ht).
  rewrite (sum_ext _ _ (fun k => if D k m then opp (w j k t * z L j k x p) else 0)).
  - rewrite (sum_delta D (seen L j) m (fun k => opp (w j k t * z L j k x p)) ND Hm). ring.
  - intros k _. rewrite Hw. destruct (D k m); ring.
Qed.

(** ** Penalties that make zeros: L1 and group lasso

    The step of the lasso shrinks a group of scalars of length n along its direction d (sum d^2 = 1) by
    lam, to zero where n <= lam. That is the minimum of |u - v|^2 + 2 lam |u|, |u| being the length m. *)
Definition shrink (n lam : K) : K := if sign R (n - lam) then n - lam else 0.

Lemma shrink_minimal {A} (l : list A) (v d u : A -> K) n lam m :
  nonneg R n -> nonneg R m -> nonneg R lam ->
  (forall i, In i l -> v i = n * d i) -> sum l (fun i => square (d i)) = 1 ->
  square m = sum l (fun i => square (u i)) ->
  sum l (fun i => square (shrink n lam * d i - v i)) + (lam + lam) * shrink n lam <=
  sum l (fun i => square (u i - v i)) + (lam + lam) * m.
Proof.
  intros Hn Hm Hlam Hv Hd Hu. set (q := sum l (fun i => u i * d i)).
  assert (Hq : q <= m).
  { apply square_le; [exact Hm|]. rewrite Hu. unfold q.
    pose proof (cauchy R l u d) as Hc. rewrite Hd in Hc. eapply le_trans; [exact Hc|]. apply le_eq. ring. }
  assert (E : forall s, sum l (fun i => square (s * d i - v i)) = square (s - n)).
  { intros s. rewrite (sum_ext l _ (fun i => square (s - n) * square (d i)))
      by (intros i Hi; rewrite (Hv i Hi); ring). rewrite <- sum_scale, Hd. ring. }
  assert (E' : sum l (fun i => square (u i - v i)) = square m + opp (n + n) * q + square n).
  { rewrite (sum_ext l _ (fun i => square (u i) + opp (n + n) * (u i * d i) + square n * square (d i)))
      by (intros i Hi; rewrite (Hv i Hi); ring).
    rewrite !sum_add, <- !sum_scale, Hd, <- Hu. fold q. ring. }
  rewrite E, E'. unfold le in *.
  assert (Hnq : nonneg R ((n + n) * (m - q))) by (apply nonneg_mul; [now apply nonneg_add | exact Hq]).
  unfold shrink. destruct (sign R (n - lam)) as [[Hs|Hs]|Hs].
  1-2: replace (_ - _) with (square (m - (n - lam)) + (n + n) * (m - q)) by ring;
       apply nonneg_add; [apply nonneg_square | exact Hnq].
  replace (_ - _) with (square m + ((n + n) * (m - q) + (m + m) * opp (n - lam))) by ring.
  apply nonneg_add; [apply nonneg_square|]. apply nonneg_add; [exact Hnq|].
  apply nonneg_mul; [now apply nonneg_add | now left].
Qed.

(** The step minimises; and a group that it makes zero is a set of connections that are gone. *)
Definition group_lasso_law {J C I O} (L : @layer K J C I O) : Prop :=
  forall (l : list (J * C)) (v w : J -> C -> slot L -> K) d n lam t,
  In t (slots L) -> nonneg R n -> nonneg R lam ->
  (forall j k, In (j, k) l -> v j k t = n * d (j, k)) -> sum l (fun i => square (d i)) = 1 ->
  (forall j k, In (j, k) l -> w j k t = shrink n lam * d (j, k)) ->
  (forall u m, nonneg R m -> square m = sum l (fun i => square (u i)) ->
    sum l (fun i => square (w (fst i) (snd i) t - v (fst i) (snd i) t)) + (lam + lam) * shrink n lam <=
    sum l (fun i => square (u i - v (fst i) (snd i) t)) + (lam + lam) * m) /\
  (n <= lam -> forall keep b x j p,
    (forall k, In k (seen L j) -> keep j k = false -> In (j, k) l) ->
    preact L w b x j p = preact (prune keep L) w b x j p).

Lemma shrink_zero n lam : n <= lam -> shrink n lam = 0.
Proof.
  unfold shrink. intros [H|H]; destruct (sign R (n - lam)) as [[Hs|Hs]|Hs]; try assumption; try reflexivity.
  - exfalso. apply (zero_not_positive K R). replace (zero : K) with ((n - lam) + (lam - n)) by ring.
    now apply positive_add.
  - replace (n - lam) with (opp (lam - n)) by ring. rewrite H. ring.
Qed.

Lemma group_lasso_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> group_lasso_law L.
Proof.
  intros H l v w d n lam t Ht Hn Hlam Hv Hd Hw. split.
  - intros u m Hm Hu.
    rewrite (sum_ext l (fun i => square (w (fst i) (snd i) t - v (fst i) (snd i) t))
               (fun i => square (shrink n lam * d i - v (fst i) (snd i) t))).
    + apply shrink_minimal; auto. intros [j k] Hi. now apply Hv.
    + intros [j k] Hi. simpl. now rewrite (Hw j k Hi).
  - intros Hle keep b x j p Hin. refine (proj1 (pruning_suffices R L H keep w b x j p t Ht _)).
    intros k Hk E. rewrite (Hw j k (Hin k Hk E)), (shrink_zero n lam Hle). ring.
Qed.

(** L1 is the group lasso with a group for each scalar: soft thresholding. *)
Definition lasso_law {J C I O} (L : @layer K J C I O) : Prop :=
  forall (v w : J -> C -> slot L -> K) lam t, In t (slots L) -> nonneg R lam ->
  (forall j k, w j k t = shrink (mag R (v j k t)) lam * sgn R (v j k t)) ->
  (forall j k u, square (w j k t - v j k t) + (lam + lam) * shrink (mag R (v j k t)) lam <=
                 square (u - v j k t) + (lam + lam) * mag R u) /\
  forall keep b x j p, (forall k, In k (seen L j) -> keep j k = false -> mag R (v j k t) <= lam) ->
    preact L w b x j p = preact (prune keep L) w b x j p.

Lemma lasso_suffices {J C I O} (L : @layer K J C I O) : scalar_weighted L -> lasso_law L.
Proof.
  intros H v w lam t Ht Hlam Hw. split.
  - intros j k u. rewrite (Hw j k).
    pose proof (shrink_minimal [tt] (fun _ => v j k t) (fun _ => sgn R (v j k t)) (fun _ => u)
      (mag R (v j k t)) lam (mag R u) (mag_nonneg R _) (mag_nonneg R _) Hlam) as M. simpl in M.
    eapply le_trans; [|eapply le_trans; [apply M|]]; try (apply le_eq; ring).
    + intros. apply mag_sgn.
    + rewrite sgn_square. ring.
    + rewrite mag_square. ring.
  - intros keep b x j p Hk. refine (proj1 (pruning_suffices R L H keep w b x j p t Ht _)).
    intros k Hs E. rewrite Hw, shrink_zero by (apply (Hk k Hs E)). ring.
Qed.

Definition l2_decay := on_scalars (@l2_decay_law) (@l2_decay_suffices).
Definition l2_bound := on_scalars (@l2_bound_law) (@l2_bound_suffices).
Definition lasso := on_scalars (@lasso_law) (@lasso_suffices).
Definition group_lasso := on_scalars (@group_lasso_law) (@group_lasso_suffices).
Definition fisher := on_scalars (@fisher_law) (@fisher_suffices).
Definition least_squares := on_scalars (@least_squares_law) (@least_squares_suffices).
Definition saliency := on_scalars (@saliency_law) (@saliency_suffices).

Theorem l2_decay_inherited L : scalar_layers L -> law l2_decay L.
Proof. apply inherited. Qed.
Theorem l2_bound_inherited L : scalar_layers L -> law l2_bound L.
Proof. apply inherited. Qed.
Theorem lasso_inherited L : scalar_layers L -> law lasso L.
Proof. apply inherited. Qed.
Theorem group_lasso_inherited L : scalar_layers L -> law group_lasso L.
Proof. apply inherited. Qed.
Theorem fisher_inherited L : scalar_layers L -> law fisher L.
Proof. apply inherited. Qed.
Theorem least_squares_inherited L : scalar_layers L -> law least_squares L.
Proof. apply inherited. Qed.
Theorem saliency_inherited L : scalar_layers L -> law saliency L.
Proof. apply inherited. Qed.
End Fitting.
