(** Linear and bilinear maps between finite spaces, given by their lists of products, and their adjoints.

    A bilinear map is a list of products [e]: three places [left e], [right e], [out e] and a coefficient. It is
    run as code would run it, from zeros, by

      y[out e] += coef e * x[left e] * w[right e]        for each e.

    Paired with a cotangent [c] of the output, it is the trilinear form

      sum_e coef e * x[left e] * w[right e] * c[out e],

    in which the three tensors stand alike. Turning every product, [(left, right, out) -> (right, out, left)],
    leaves the form as it is and makes the left argument the output: the adjoints of a bilinear map are the
    other two readings of its list. A convolution with its input gradient and its filter gradient is such a
    triple, and so is a gate. *)
From Coq Require Import List Ring.
Import ListNotations.
From Heirloom Require Import Sum Node Dual.

(** ** Finite spaces of indices *)
Record space := Space {
  point :> Type;
  points : list point;
  point_dec : forall a b : point, {a = b} + {a <> b};
  points_once : NoDup points;
  points_all : forall a, In a points }.
Arguments point_dec {_} _ _.
Local Infix "==" := teq (at level 70).

Lemma list_prod_once {A B} (l : list A) (m : list B) :
  NoDup l -> NoDup m -> NoDup (list_prod l m).
Proof.
  intros Hl Hm. induction Hl as [|a l Ha _ IH]; cbn; [constructor|].
  assert (Hr : NoDup (map (pair a) m)).
  { clear - Hm. induction Hm as [|b m Hb _ IHm]; cbn; constructor; [|exact IHm].
    rewrite in_map_iff. intros (? & [= ->] & ?). contradiction. }
  revert Hr. assert (Hd : forall p, In p (map (pair a) m) -> ~ In p (list_prod l m)).
  { intros p. rewrite in_map_iff. intros (b & <- & _). rewrite in_prod_iff. tauto. }
  revert Hd. induction (map (pair a) m) as [|p r IHr]; cbn; intros Hd Hr; [exact IH|].
  inversion Hr; subst. constructor; [|now apply IHr; auto].
  rewrite in_app_iff. intros [?|?]; [contradiction | now apply (Hd p); auto].
Qed.

Definition pairs (A B : space) : space.
Proof.
  refine (Space (A * B) (list_prod (points A) (points B)) _ _ _).
  - decide equality; apply point_dec.
  - apply list_prod_once; apply points_once.
  - intros [a b]. apply in_prod; apply points_all.
Defined.

Definition vec (R : cring) (A : space) : Type := A -> R.
Definition dot {R : cring} {A : space} (u v : vec R A) : R := inner (points A) u v.
Definition unit_at {R : cring} {A : space} (a : A) : vec R A :=
  fun b => if point_dec b a then 1 else 0.

(** ** Lists of products *)
Record arc (K : cring) (A B : Type) := Arc { from : A; to : B; weight : K }.
Record product (K : cring) (A B C : Type) := Product { left : A; right : B; out : C; coef : K }.
Arguments Arc {K A B}. Arguments from {K A B}. Arguments to {K A B}. Arguments weight {K A B}.
Arguments Product {K A B C}. Arguments left {K A B C}. Arguments right {K A B C}.
Arguments out {K A B C}. Arguments coef {K A B C}.

(** From zeros, add [value e] at [place e] for each [e]. *)
Definition scatter {R : cring} {E} {B : space} (l : list E) (place : E -> B) (value : E -> R)
  : vec R B := fun b => sum l (fun e => if point_dec (place e) b then value e else 0).

(** The coefficients are in [K]; the arguments may be in a ring over [K], such as its dual numbers. *)
Definition linear {K R : cring} (inj : K -> R) {A B : space} (m : list (arc K A B))
  (x : vec R A) : vec R B := scatter m to (fun e => inj (weight e) * x (from e)).
Definition bilinear {K R : cring} (inj : K -> R) {A B C : space} (m : list (product K A B C))
  (x : vec R A) (w : vec R B) : vec R C :=
  scatter m out (fun e => inj (coef e) * x (left e) * w (right e)).

Definition reverse {K : cring} {A B} (m : list (arc K A B)) : list (arc K B A) :=
  map (fun e => Arc (to e) (from e) (weight e)) m.
Definition rotate {K : cring} {A B C} (m : list (product K A B C)) : list (product K B C A) :=
  map (fun e => Product (right e) (out e) (left e) (coef e)) m.

Section Multilinear.
Context {K : cring}.
Add Ring K_multilinear : (cring_law K).
Definition own (k : K) : K := k.

Definition form {A B C : space} (m : list (product K A B C)) (x : vec K A) (w : vec K B)
  (c : vec K C) : K := sum m (fun e => coef e * x (left e) * w (right e) * c (out e)).

Lemma sum_point {A : space} (a : A) (f : A -> K) :
  sum (points A) (fun b => if point_dec b a then f b else 0) = f a.
Proof. apply sum_delta; [apply points_once | apply points_all]. Qed.
Lemma sum_pairs {A B : space} (f : pairs A B -> K) :
  sum (points (pairs A B)) f = sum (points A) (fun a => sum (points B) (fun b => f (a, b))).
Proof. apply sum_prod. Qed.

(** ** Pairings *)
Lemma dot_comm {A : space} (u v : vec K A) : dot u v = dot v u.
Proof. apply sum_ext. intros; ring. Qed.
Lemma dot_ext {A : space} (u u' v v' : vec K A) : u == u' -> v == v' -> dot u v = dot u' v'.
Proof. intros Hu Hv. apply sum_ext. intros a _. now rewrite Hu, Hv. Qed.
Lemma dot_add {A : space} (u u' v : vec K A) : dot (fun a => u a + u' a) v = dot u v + dot u' v.
Proof. unfold dot, inner. rewrite <- sum_add. apply sum_ext. intros; ring. Qed.
Lemma dot_add_r {A : space} (u v v' : vec K A) : dot u (fun a => v a + v' a) = dot u v + dot u v'.
Proof. now rewrite dot_comm, dot_add, !(dot_comm u). Qed.
Lemma dot_zero_l {A : space} (v : vec K A) : dot (fun _ => 0) v = 0.
Proof. apply sum_zero. intros; ring. Qed.
Lemma dot_unit {A : space} (u : vec K A) (a : A) : dot u (unit_at a) = u a.
Proof.
  rewrite <- (sum_point a u). apply sum_ext. intros b _. unfold unit_at. destruct (point_dec b a); ring.
Qed.

Lemma dot_scatter {E} {B : space} (l : list E) (place : E -> B) (value : E -> K) (c : vec K B) :
  dot (scatter l place value) c = sum l (fun e => value e * c (place e)).
Proof.
  unfold dot, inner, scatter.
  rewrite (sum_ext _ _ _ (fun b _ => sum_scale_r l (c b) _)), sum_swap.
  apply sum_ext. intros e _.
  rewrite <- (sum_point (place e) (fun b => value e * c b)).
  apply sum_ext. intros b _.
  destruct (point_dec (place e) b), (point_dec b (place e)); congruence || ring.
Qed.

(** ** Adjoints *)
Theorem adjoint_reverse {A B : space} (m : list (arc K A B)) (x : vec K A) (c : vec K B) :
  dot (linear own m x) c = dot (linear own (reverse m) c) x.
Proof.
  unfold linear. rewrite !dot_scatter. unfold reverse. rewrite sum_map.
  apply sum_ext. intros e _. cbn. unfold own. ring.
Qed.

Theorem adjoint_rotation {A B C : space} (m : list (product K A B C))
  (x : vec K A) (w : vec K B) (c : vec K C) :
  dot (bilinear own m x w) c = form m x w c /\
  dot (bilinear own (rotate m) w c) x = form m x w c /\
  dot (bilinear own (rotate (rotate m)) c x) w = form m x w c.
Proof.
  unfold bilinear, form. rewrite !dot_scatter. unfold rotate. rewrite !sum_map.
  repeat split; apply sum_ext; intros e _; cbn; unfold own; ring.
Qed.

Lemma rotate_thrice {A B C} (m : list (product K A B C)) : rotate (rotate (rotate m)) = m.
Proof.
  unfold rotate. rewrite !map_map. rewrite <- (map_id m) at 2. apply map_ext. now intros [].
Qed.

(** ** Over the dual numbers, the product rule *)
Lemma re_scatter {E} {B : space} (l : list E) (place : E -> B) (value : E -> dual K) b :
  re (scatter l place value b) = scatter l place (fun e => re (value e)) b.
Proof.
  unfold scatter. rewrite re_sum. apply sum_ext. intros e _. now destruct point_dec.
Qed.
Lemma tangent_scatter {E} {B : space} (l : list E) (place : E -> B) (value : E -> dual K) b :
  tangent (scatter l place value b) = scatter l place (fun e => tangent (value e)) b.
Proof.
  unfold scatter. rewrite tangent_sum. apply sum_ext. intros e _. now destruct point_dec.
Qed.
Lemma scatter_ext {E} {B : space} (l : list E) (place : E -> B) (f g : E -> K) :
  (forall e, f e = g e) -> scatter l place f == scatter l place g.
Proof. intros H b. apply sum_ext. intros e _. now rewrite H. Qed.

Lemma linear_dual {A B : space} (m : list (arc K A B)) (X : vec (dual K) A) b :
  re (linear still m X b) = linear own m (fun a => re (X a)) b /\
  tangent (linear still m X b) = linear own m (fun a => tangent (X a)) b.
Proof.
  unfold linear. rewrite re_scatter, tangent_scatter. split; [reflexivity|].
  apply scatter_ext. intros e. rewrite tangent_mul. cbn. unfold own. ring.
Qed.

Lemma bilinear_dual {A B C : space} (m : list (product K A B C)) (X : vec (dual K) A)
  (W : vec (dual K) B) c :
  let x a := re (X a) in let w b := re (W b) in
  re (bilinear still m X W c) = bilinear own m x w c /\
  tangent (bilinear still m X W c) =
    bilinear own m (fun a => tangent (X a)) w c + bilinear own m x (fun b => tangent (W b)) c.
Proof.
  unfold bilinear. rewrite re_scatter, tangent_scatter. split; [reflexivity|].
  unfold scatter. rewrite <- sum_add. apply sum_ext. intros e _.
  destruct point_dec; [|ring]. rewrite !tangent_mul, re_mul. cbn. unfold own. ring.
Qed.

(** ** Convolutions *)
Section Convolution.
Context {T I O : space} (src : O -> T -> option I).

(** The geometry of Node.v whose taps are all points of [T]. *)
Definition window : geom I O := Geom T (points T) src.

Lemma conv_window (F : vec K T) (x : vec K I) p :
  conv window F x p = sum (points T) (fun t => F t * rd x (src p t)).
Proof. reflexivity. Qed.

(** One product per output position and tap that does not read padding. *)
Definition conv_products : list (product K T I O) :=
  flat_map (fun p => flat_map (fun t =>
    match src p t with Some i => [Product t i p 1] | None => [] end) (points T)) (points O).

Definition input_grad (G : vec K O) (F : vec K T) : vec K I := fun i =>
  sum (points O) (fun p => sum (points T) (fun t =>
    match src p t with Some i' => if point_dec i' i then G p * F t else 0 | None => 0 end)).

Lemma sum_flat_map {A B} (f : A -> list B) (l : list A) (h : B -> K) :
  sum (flat_map f l) h = sum l (fun a => sum (f a) h).
Proof. induction l; cbn; [reflexivity|]. now rewrite sum_app, IHl. Qed.

Lemma sum_conv (f : product K T I O -> K) :
  sum conv_products f = sum (points O) (fun p => sum (points T) (fun t =>
    match src p t with Some i => f (Product t i p 1) | None => 0 end)).
Proof.
  unfold conv_products. rewrite sum_flat_map. apply sum_ext. intros p _.
  rewrite sum_flat_map. apply sum_ext. intros t _. destruct (src p t); cbn; ring.
Qed.

Theorem conv_trilinear (F : vec K T) (x : vec K I) (G : vec K O) :
  bilinear own conv_products F x == conv window F x /\
  bilinear own (rotate conv_products) x G == wgrad window (points O) G x /\
  bilinear own (rotate (rotate conv_products)) G F == input_grad G F.
Proof.
  unfold bilinear, scatter, rotate, own. repeat split; [intros p | intros t | intros i];
    rewrite ?sum_map; cbn [left right out coef]; rewrite sum_conv; cbn [left right out coef].
  - rewrite <- (sum_point p (fun p => conv window F x p)). apply sum_ext. intros q _.
    destruct (point_dec q p); [|apply sum_zero; intros t _; now destruct (src q t)].
    apply sum_ext. intros t _. cbn. destruct (src q t); cbn; ring.
  - unfold wgrad, window. cbn. apply sum_ext. intros p _.
    rewrite <- (sum_point t (fun t => G p * rd x (src p t))). apply sum_ext. intros s _.
    destruct (point_dec s t); cbn; destruct (src p s); cbn; ring.
  - apply sum_ext. intros p _. apply sum_ext. intros t _.
    destruct (src p t) as [j|]; [destruct (point_dec j i)|]; ring.
Qed.
End Convolution.

(** ** Layers *)
Section Layer.
Context {J C H T I O : space} (channel : J -> C -> H) (src : O -> T -> option I).

(** A layer with output channels [J], each of which reads [C] of the input channels [H], is one convolution:
    the output [(j, p)] reads [(channel j k, src p t)] through the tap [((j, k), t)], and the taps of other
    output channels read nothing. Without groups [C] is [H]; a batch is one more axis of [I] and [O]. *)
Definition layer_src (q : pairs J O) (s : pairs (pairs J C) T) : option (pairs H I) :=
  let '(j, k, t) := s in
  if point_dec j (fst q) then
    match src (snd q) t with Some i => Some (channel j k, i) | None => None end
  else None.

Lemma layer_conv (F : J -> C -> T -> K) (x : H -> I -> K) j p :
  conv (window layer_src) (fun '(j, k, t) => F j k t) (fun '(h, i) => x h i) (j, p) =
  sum (points C) (fun k => conv (window src) (F j k) (x (channel j k)) p).
Proof.
  rewrite conv_window, !sum_pairs.
  rewrite <- (sum_point j (fun j => sum (points C) (fun k =>
    conv (window src) (F j k) (x (channel j k)) p))).
  apply sum_ext. intros j' _. cbn. destruct (point_dec j' j) as [->|Hne].
  - apply sum_ext. intros k _. apply sum_ext. intros t _. now destruct (src p t).
  - apply sum_zero. intros k _. apply sum_zero. intros t _. cbn. ring.
Qed.

Lemma layer_wgrad (x : H -> I -> K) (G : J -> O -> K) j k t :
  wgrad (window layer_src) (points (pairs J O)) (fun '(j, p) => G j p) (fun '(h, i) => x h i)
    (j, k, t) =
  wgrad (window src) (points O) (G j) (x (channel j k)) t.
Proof.
  unfold wgrad. cbn [window Node.src]. rewrite sum_pairs.
  rewrite <- (sum_point j (fun j => sum (points O) (fun p =>
    G j p * rd (x (channel j k)) (src p t)))).
  apply sum_ext. intros j' _. cbn. destruct (point_dec j j'), (point_dec j' j); try congruence.
  - subst. apply sum_ext. intros p _. now destruct (src p t).
  - apply sum_zero. intros p _. cbn. ring.
Qed.

(** ** Gates: [W[j, k, t] = g[j, k] * F[j, k, t]] *)
Definition gate_products : list (product K (pairs J C) (pairs (pairs J C) T) (pairs (pairs J C) T)) :=
  map (fun s : pairs (pairs J C) T => Product (fst s) s s 1) (points (pairs (pairs J C) T)).

Theorem gate_trilinear (g : vec K (pairs J C)) (F W : vec K (pairs (pairs J C) T)) :
  bilinear own gate_products g F == (fun s => g (fst s) * F s) /\
  bilinear own (rotate gate_products) F W ==
    (fun jk => sum (points T) (fun t => F (jk, t) * W (jk, t))) /\
  bilinear own (rotate (rotate gate_products)) W g == (fun s => g (fst s) * W s).
Proof.
  unfold bilinear, scatter, rotate, gate_products, own. repeat split; [intros s | intros jk | intros s];
    rewrite ?map_map, sum_map; cbn [left right out coef].
  - rewrite <- (sum_point s (fun s => g (fst s) * F s)). apply sum_ext. intros r _.
    destruct point_dec; ring.
  - rewrite sum_pairs.
    rewrite <- (sum_point (A := pairs J C) jk (fun jk => sum (points T) (fun t => F (jk, t) * W (jk, t)))).
    apply sum_ext. intros jk' _. cbn [fst]. destruct point_dec.
    + apply sum_ext. intros; ring.
    + now apply sum_zero.
  - rewrite <- (sum_point s (fun s => g (fst s) * W s)). apply sum_ext. intros r _.
    destruct point_dec; ring.
Qed.
End Layer.
End Multilinear.
