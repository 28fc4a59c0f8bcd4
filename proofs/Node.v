(** Node-level theory: tensors are functions from an arbitrary spatial index type
    to a commutative ring K; a convolution is given by an arbitrary finite tap list
    and a read map (this covers any rank, stride, dilation, padding). *)
From Coq Require Import List Ring Bool.
Import ListNotations.
From Heirloom Require Import Sum.

Section Node.
Context {K : cring}.
Add Ring K_ring2 : (cring_law K).

(** ** Tensors, activations, convolution geometry *)
Definition tensor (P : Type) := P -> K.
Definition teq {P} (x y : tensor P) : Prop := forall p, x p = y p.
Infix "==" := teq (at level 70).

Record activation (P Q : Type) := Act {
  act :> tensor P -> tensor Q;
  act_ext : forall x y, x == y -> act x == act y }.
Definition pw {P} (s : K -> K) : activation P P :=
  Act P P (fun x p => s (x p)) (fun x y H p => f_equal s (H p)).

Record geom (I O : Type) := Geom {
  tap  : Type;
  taps : list tap;
  src  : O -> tap -> option I }.        (* None = a read in the zero padding *)
Arguments tap {_ _} _. Arguments taps {_ _} _. Arguments src {_ _} _ _ _.

Definition rd {I} (x : tensor I) (o : option I) : K :=
  match o with Some i => x i | None => 0 end.

Definition conv {I O} (g : geom I O) (F : tap g -> K) (x : tensor I) : tensor O :=
  fun p => sum (taps g) (fun t => F t * rd x (src g p t)).

(** ** The three node classes *)
Definition node {C O Q} (ks : list C) (phi : activation O Q) (b : K)
  (z : C -> tensor O) : tensor Q := phi (fun p => sum ks (fun k => z k p) + b).

Definition gffn_node {C O Q} ks (phi : activation O Q) (w : C -> K) b
  (x : C -> tensor O) : tensor Q := node ks phi b (fun k p => w k * x k p).

Definition gcnn_node {C I O Q} (g : geom I O) ks (phi : activation O Q)
  (F : C -> tap g -> K) b (x : C -> tensor I) : tensor Q :=
  node ks phi b (fun k => conv g (F k) (x k)).

Definition proj_node {C I O Q} (f : C -> tensor I -> tensor O) ks
  (phi : activation O Q) (gam : C -> K) b (x : C -> tensor I) : tensor Q :=
  node ks phi b (fun k p => gam k * f k (x k) p).

Definition GFFN {C O Q} ks (phi : activation O Q) (N : (C -> tensor O) -> tensor Q) :=
  exists w b, forall x, N x == gffn_node ks phi w b x.
Definition GCNN {C I O Q} (g : geom I O) ks (phi : activation O Q)
  (N : (C -> tensor I) -> tensor Q) :=
  exists F b, forall x, N x == gcnn_node g ks phi F b x.
Definition PROJ {C I O Q} (f : C -> tensor I -> tensor O) ks (phi : activation O Q)
  (N : (C -> tensor I) -> tensor Q) :=
  exists gam b, forall x, N x == proj_node f ks phi gam b x.

(** ** Basic lemmas *)
Lemma node_ext {C O Q} ks (phi : activation O Q) b (z z' : C -> tensor O) :
  (forall k, In k ks -> z k == z' k) -> node ks phi b z == node ks phi b z'.
Proof.
  intros H. apply act_ext. intros p. f_equal. apply sum_ext. intros k Hk. now apply H.
Qed.

Lemma conv_ext {I O} (g : geom I O) F F' x x' :
  (forall t, In t (taps g) -> F t = F' t) -> x == x' -> conv g F x == conv g F' x'.
Proof.
  intros HF Hx p. apply sum_ext. intros t Ht. rewrite HF by assumption. f_equal.
  destruct (src g p t); simpl; auto.
Qed.

(** T4 (kernel linearity): a scalar gate is absorbed by the kernel. *)
Theorem conv_scale {I O} (g : geom I O) (c : K) F x :
  (fun p => c * conv g F x p) == conv g (fun t => c * F t) x.
Proof. intros p. unfold conv. rewrite sum_scale. apply sum_ext. intros; ring. Qed.

Theorem conv_add {I O} (g : geom I O) F G x :
  (fun p => conv g F x p + conv g G x p) == conv g (fun t => F t + G t) x.
Proof. intros p. unfold conv. rewrite <- sum_add. apply sum_ext. intros; ring. Qed.

(** ** T1: GFFN is contained in GCNN, by the centre delta *)
Definition tap_dec {I O} (g : geom I O) := forall s t : tap g, {s = t} + {s <> t}.
Definition delta {I O} {g : geom I O} (D : tap_dec g) (t0 : tap g) (c : K) : tap g -> K :=
  fun t => if D t t0 then c else 0.

Lemma conv_delta {I O} (g : geom I O) (D : tap_dec g) t0 c x p :
  NoDup (taps g) -> In t0 (taps g) ->
  conv g (delta D t0 c) x p = c * rd x (src g p t0).
Proof.
  intros ND HIn. unfold conv, delta.
  rewrite <- (sum_delta D (taps g) t0 (fun t => c * rd x (src g p t))) by assumption.
  apply sum_ext. intros t _. destruct (D t t0); [reflexivity | ring].
Qed.

Definition centre {I} (g : geom I I) (t0 : tap g) : Prop :=
  NoDup (taps g) /\ In t0 (taps g) /\ forall p, src g p t0 = Some p.

Theorem T1_embed {C I Q} (g : geom I I) (D : tap_dec g) t0 ks (phi : activation I Q)
  (w : C -> K) b x : centre g t0 ->
  gcnn_node g ks phi (fun k => delta D t0 (w k)) b x == gffn_node ks phi w b x.
Proof.
  intros (ND & HIn & Hc). apply node_ext. intros k _ p.
  rewrite conv_delta by assumption. now rewrite Hc.
Qed.

Theorem T1_subset {C I Q} (g : geom I I) (D : tap_dec g) t0 ks (phi : activation I Q)
  (N : (C -> tensor I) -> tensor Q) :
  centre g t0 -> GFFN ks phi N -> GCNN g ks phi N.
Proof.
  intros Hc (w & b & HN). exists (fun k => delta D t0 (w k)), b. intros x p.
  rewrite HN. symmetry. now apply T1_embed.
Qed.

(** ** T2: strictness *)
Definition local {C I O} (ks : list C) (loc : O -> I) (N : (C -> tensor I) -> tensor O) :=
  forall x x' p, (forall k, In k ks -> x k (loc p) = x' k (loc p)) -> N x p = N x' p.

Lemma gffn_local {C I} ks (tau : K -> K) (N : (C -> tensor I) -> tensor I) :
  GFFN ks (pw tau) N -> local ks (fun p => p) N.
Proof.
  intros (w & b & HN) x x' p H. rewrite !HN. simpl. do 2 f_equal.
  apply sum_ext. intros k Hk. now rewrite (H k Hk).
Qed.

(** net coupling of output p to input q through the kernel F *)
Definition coupling {I} (dI : forall p q : I, {p = q} + {p <> q}) (g : geom I I)
  (F : tap g -> K) (p q : I) : K :=
  sum (taps g) (fun t => match src g p t with
                         | Some r => if dI r q then F t else 0 | None => 0 end).

(** any kernel with a non-zero net off-centre coupling, any injective pointwise
    activation: no GFFN node with any pointwise activation computes it. *)
Theorem T2_general {C I} (dI : forall p q : I, {p = q} + {p <> q})
  (dC : forall k l : C, {k = l} + {k <> l}) (g : geom I I) ks (sigma : K -> K)
  (F : C -> tap g -> K) b k0 p q :
  NoDup ks -> In k0 ks -> (forall u v, sigma u = sigma v -> u = v) ->
  p <> q -> coupling dI g (F k0) p q <> 0 ->
  forall tau, ~ GFFN ks (pw tau) (gcnn_node g ks (pw sigma) F b).
Proof.
  intros NDk Hk0 Inj Hpq Hne tau HG. apply Hne. apply gffn_local in HG.
  set (x := fun (k : C) (r : I) => if dC k k0 then if dI r q then one else zero else (zero : K)).
  specialize (HG x (fun _ _ => 0) p). simpl in HG.
  assert (E : sum ks (fun k => conv g (F k) (x k) p) = coupling dI g (F k0) p q).
  { rewrite <- (sum_delta dC ks k0 (fun k => coupling dI g (F k) p q)) by assumption.
    apply sum_ext. intros k _. unfold x, conv, coupling. destruct (dC k k0).
    - apply sum_ext. intros t _. destruct (src g p t) as [r|]; simpl; [|ring].
      destruct (dI r q); ring.
    - apply sum_zero. intros t _. destruct (src g p t); simpl; ring. }
  assert (E0 : sum ks (fun k => conv g (F k) (fun _ => 0) p) = 0).
  { apply sum_zero. intros k _. apply sum_zero. intros t _. destruct (src g p t); simpl; ring. }
  rewrite E, E0 in HG.
  assert (H : coupling dI g (F k0) p q + b = 0 + b).
  { apply Inj, HG. intros k _. unfold x. destruct (dC k k0); [|reflexivity].
    destruct (dI p q); [contradiction | reflexivity]. }
  transitivity (coupling dI g (F k0) p q + b - b); [ring | rewrite H; ring].
Qed.

(** strictness of the class inclusion: one off-centre tap that reads one in-bounds
    position suffices, for every non-constant pointwise activation. *)
Theorem T2_strict {C I} (dI : forall p q : I, {p = q} + {p <> q})
  (dC : forall k l : C, {k = l} + {k <> l}) (g : geom I I) (D : tap_dec g) ks
  (sigma : K -> K) k0 t1 p q u v :
  NoDup ks -> In k0 ks -> NoDup (taps g) -> In t1 (taps g) ->
  src g p t1 = Some q -> p <> q -> sigma u <> sigma v ->
  exists N : (C -> tensor I) -> tensor I,
    GCNN g ks (pw sigma) N /\ forall tau, ~ GFFN ks (pw tau) N.
Proof.
  intros NDk Hk0 NDt Ht1 Hsrc Hpq Hne.
  set (F := fun (k : C) => delta D t1 (if dC k k0 then one else (zero : K))).
  exists (gcnn_node g ks (pw sigma) F 0). split; [now exists F, 0|].
  intros tau HG. apply Hne. apply gffn_local in HG.
  assert (V : forall a : K, gcnn_node g ks (pw sigma) F 0
            (fun _ r => if dI r q then a else 0) p = sigma a).
  { intros a. simpl. f_equal.
    transitivity (sum ks (fun k => if dC k k0 then a else 0) + 0).
    - f_equal. apply sum_ext. intros k _. unfold F. rewrite conv_delta by assumption.
      rewrite Hsrc. simpl. destruct (dI q q); [|congruence]. destruct (dC k k0); ring.
    - rewrite (sum_delta dC ks k0 (fun _ => a)) by assumption. ring. }
  rewrite <- (V u), <- (V v). apply HG. intros k _.
  destruct (dI p q); [contradiction | reflexivity].
Qed.

(** where no tap leaves the centre (a 1x1 kernel of stride 1, say) a GCNN node is a GFFN node. For layers as data,
    where dead taps and taps of weight zero may stand beside the centre: [collapse_means] of Sound.v. *)
Theorem T2_collapse {C I Q} (g : geom I I) (hit : tap g -> bool) ks (phi : activation I Q)
  (N : (C -> tensor I) -> tensor Q) :
  (forall p t, src g p t = if hit t then Some p else None) ->
  GCNN g ks phi N -> GFFN ks phi N.
Proof.
  intros H (F & b & HN).
  exists (fun k => sum (taps g) (fun t => if hit t then F k t else 0)), b.
  intros x p. rewrite HN. apply node_ext. intros k _ r.
  rewrite sum_scale_r. apply sum_ext. intros t _. rewrite H. destruct (hit t); simpl; ring.
Qed.

(** ** T3: model projection *)
Theorem T3_gffn_form {C I O Q} f ks (phi : activation O Q) (gam : C -> K) b
  (x : C -> tensor I) :
  proj_node f ks phi gam b x = gffn_node ks phi gam b (fun k => f k (x k)).
Proof. reflexivity. Qed.

Theorem T3_factor {C I O Q} (f : C -> tensor I -> tensor O) ks (phi : activation O Q) N :
  PROJ f ks phi N <->
  exists M, GFFN ks phi M /\ forall x : C -> tensor I, N x == M (fun k => f k (x k)).
Proof.
  split.
  - intros (gam & b & HN). exists (gffn_node ks phi gam b). split; [now exists gam, b | exact HN].
  - intros (M & (w & b & HM) & HN). exists w, b. intros x p. rewrite HN. apply HM.
Qed.

Theorem T3_unit {C I O Q} (g : geom I O) ks (phi : activation O Q) (F : C -> tap g -> K) b x :
  proj_node (fun k => conv g (F k)) ks phi (fun _ => 1) b x == gcnn_node g ks phi F b x.
Proof. apply node_ext. intros k _ p. ring. Qed.

Theorem T3_identity {C I Q} ks (phi : activation I Q) (N : (C -> tensor I) -> tensor Q) :
  PROJ (fun _ x => x) ks phi N <-> GFFN ks phi N.
Proof. reflexivity. Qed.

(** ** T4: merging *)
Theorem T4_merge {C I O Q} (g : geom I O) ks (phi : activation O Q)
  (F : C -> tap g -> K) gam b x :
  proj_node (fun k => conv g (F k)) ks phi gam b x ==
  gcnn_node g ks phi (fun k t => gam k * F k t) b x.
Proof. apply node_ext. intros k _ p. apply conv_scale. Qed.

Theorem T4_proj_in_gcnn {C I O Q} (g : geom I O) ks (phi : activation O Q)
  (F : C -> tap g -> K) N :
  PROJ (fun k => conv g (F k)) ks phi N <->
  exists gam b, forall x, N x == gcnn_node g ks phi (fun k t => gam k * F k t) b x.
Proof.
  split; intros (gam & b & H); exists gam, b; intros x p; rewrite H; [|symmetry]; apply T4_merge.
Qed.

(** ** T5: gate gradients *)
Definition inner {O} (ps : list O) (u v : tensor O) : K := sum ps (fun p => u p * v p).
(** weight gradient of a convolution: dL/dF(t) = sum_p G(p) x(src p t) *)
Definition wgrad {I O} (g : geom I O) (ps : list O) (G : tensor O) (x : tensor I)
  : tap g -> K := fun t => sum ps (fun p => G p * rd x (src g p t)).

Theorem T5_adjoint {I O} (g : geom I O) ps G F x :
  inner ps G (conv g F x) = sum (taps g) (fun t => wgrad g ps G x t * F t).
Proof.
  unfold inner, conv, wgrad.
  rewrite (sum_ext ps _ (fun p => sum (taps g) (fun t => G p * rd x (src g p t) * F t))).
  - rewrite sum_swap. apply sum_ext. intros t _. now rewrite sum_scale_r.
  - intros p _. rewrite sum_scale. apply sum_ext. intros; ring.
Qed.

(** exact first-order expansion of the pre-activation in the gates: the coefficient
    of the perturbation e*dgam is <G, f_k(x_k)> and there is no second-order term. *)
Definition preact {C I O} (f : C -> tensor I -> tensor O) ks (gam : C -> K) (b : K)
  (x : C -> tensor I) : tensor O := fun p => sum ks (fun k => gam k * f k (x k) p) + b.

Theorem T5_gate {C I O} (f : C -> tensor I -> tensor O) ks gam dgam b x (ps : list O) G e :
  inner ps G (preact f ks (fun k => gam k + e * dgam k) b x) =
  inner ps G (preact f ks gam b x) + e * sum ks (fun k => dgam k * inner ps G (f k (x k))).
Proof.
  unfold inner, preact.
  rewrite (sum_ext ks _ (fun k => sum ps (fun p => dgam k * (G p * f k (x k) p))))
    by (intros; apply sum_scale).
  rewrite sum_swap, sum_scale, <- sum_add. apply sum_ext. intros p _.
  rewrite (sum_ext ks (fun k => (gam k + e * dgam k) * f k (x k) p)
             (fun k => gam k * f k (x k) p + e * (dgam k * f k (x k) p))) by (intros; ring).
  rewrite sum_add, <- sum_scale.
  rewrite (sum_ext ks (fun k => dgam k * (G p * f k (x k) p))
             (fun k => G p * (dgam k * f k (x k) p))) by (intros; ring).
  rewrite <- sum_scale. ring.
Qed.

(** chain rule, synthetically: L is the rest of the network plus the loss; G is its
    gradient at y along e if L(y + e v) = L(y) + e <G, v> for every v (take K to be the
    dual numbers, e*e = 0; e is an arbitrary element here). *)
Definition is_grad {O} (e : K) (ps : list O) (L : tensor O -> K) (y G : tensor O) : Prop :=
  (forall u v, u == v -> L u = L v) /\
  forall v, L (fun p => y p + e * v p) = L y + e * inner ps G v.

Theorem T5_chain {C I O} (f : C -> tensor I -> tensor O) ks gam dgam b x ps L G e :
  is_grad e ps L (preact f ks gam b x) G ->
  L (preact f ks (fun k => gam k + e * dgam k) b x) =
  L (preact f ks gam b x) + e * sum ks (fun k => dgam k * inner ps G (f k (x k))).
Proof.
  intros (Lext & HG).
  transitivity (L (fun p => preact f ks gam b x p +
                            e * sum ks (fun k => dgam k * f k (x k) p))).
  - apply Lext. intros p. unfold preact. rewrite sum_scale.
    rewrite (sum_ext ks (fun k => (gam k + e * dgam k) * f k (x k) p)
             (fun k => gam k * f k (x k) p + e * (dgam k * f k (x k) p))) by (intros; ring).
    rewrite sum_add. ring.
  - rewrite HG. f_equal. f_equal. unfold inner.
    rewrite (sum_ext ks _ (fun k => sum ps (fun p => G p * (dgam k * f k (x k) p)))).
    + rewrite sum_swap. apply sum_ext. intros p _. now rewrite sum_scale.
    + intros k _. rewrite sum_scale. apply sum_ext. intros; ring.
Qed.

(** ** T6: batch-norm folding, groups, kernel embedding (dilation), stride, conv o conv *)
Definition affine (s m be : K) {O} (y : tensor O) : tensor O := fun p => s * (y p - m) + be.

Theorem T6_bn_fold {C I O} (g : geom I O) ks (F : C -> tap g -> K) b s m be x :
  affine s m be (fun p => sum ks (fun k => conv g (F k) (x k) p) + b) ==
  (fun p => sum ks (fun k => conv g (fun t => s * F k t) (x k) p) + (s * (b - m) + be)).
Proof.
  intros p. unfold affine.
  rewrite (sum_ext ks (fun k => conv g (fun t => s * F k t) (x k) p)
             (fun k => s * conv g (F k) (x k) p)) by (intros; symmetry; apply conv_scale).
  rewrite <- sum_scale. ring.
Qed.

Theorem T6_groups {C I O Q} (g : geom I O) ks (phi : activation O Q) (ingroup : C -> bool)
  (F : C -> tap g -> K) b x :
  gcnn_node g (filter ingroup ks) phi F b x ==
  gcnn_node g ks phi (fun k t => if ingroup k then F k t else 0) b x.
Proof.
  apply act_ext. intros p. f_equal. rewrite sum_filter. apply sum_ext. intros k _.
  destruct (ingroup k); [reflexivity|]. symmetry. apply sum_zero. intros; ring.
Qed.

(** push a kernel forward along a tap map m (1x1 -> kxk, dilated -> dense, padding) *)
Definition push {I O} {g h : geom I O} (D : tap_dec h) (m : tap g -> tap h)
  (F : tap g -> K) : tap h -> K :=
  fun u => sum (taps g) (fun t => if D u (m t) then F t else 0).

Theorem T6_push {I O} (g h : geom I O) (D : tap_dec h) (m : tap g -> tap h) F x :
  NoDup (taps h) -> (forall t, In t (taps g) -> In (m t) (taps h)) ->
  (forall p t, In t (taps g) -> src h p (m t) = src g p t) ->
  conv h (push D m F) x == conv g F x.
Proof.
  intros ND Hin Hsrc p. unfold conv, push.
  rewrite (sum_ext (taps h) _ (fun u => sum (taps g) (fun t =>
             if D u (m t) then F t * rd x (src h p u) else 0))).
  - rewrite sum_swap. apply sum_ext. intros t Ht. rewrite <- Hsrc by assumption.
    exact (sum_delta D (taps h) (m t) (fun u => F t * rd x (src h p u)) ND (Hin t Ht)).
  - intros u _. rewrite sum_scale_r. apply sum_ext. intros t _. destruct (D u (m t)); ring.
Qed.

Definition restride {I O O'} (r : O' -> O) (g : geom I O) : geom I O' :=
  Geom I O' (tap g) (taps g) (fun p t => src g (r p) t).
Theorem T6_stride {I O O'} (r : O' -> O) (g : geom I O) F x :
  conv (restride r g) F x == fun p => conv g F x (r p).
Proof. intros p. reflexivity. Qed.

Definition compose {I M O} (h : geom M O) (g : geom I M) : geom I O :=
  Geom I O (tap h * tap g) (list_prod (taps h) (taps g))
    (fun p ts => match src h p (fst ts) with Some q => src g q (snd ts) | None => None end).
Theorem conv_conv {I M O} (h : geom M O) (g : geom I M) G F x :
  conv h G (conv g F x) == conv (compose h g) (fun ts => G (fst ts) * F (snd ts)) x.
Proof.
  intros p. unfold conv at 1 3; simpl. rewrite sum_prod. apply sum_ext. intros s _. simpl.
  destruct (src h p s) as [q|]; simpl.
  - unfold conv. rewrite sum_scale. apply sum_ext. intros; ring.
  - rewrite sum_zero; [ring | intros; ring].
Qed.
End Node.

Arguments Geom {I O} tap taps src.
Arguments tap {I O} _. Arguments taps {I O} _. Arguments src {I O} _ _ _.
