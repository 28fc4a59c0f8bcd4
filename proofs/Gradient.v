(** The gradient program computes the gradient.

    Let [v'] be the tangent of the value [v] when the inputs move by [e dx] over the dual numbers, and let some
    of the values hold a cotangent [c_v]. The sweep of Program.v starts with the seed at the output as the only
    cotangent, and keeps

      balance = sum over the values v that are not yet visited of <c_v, v'>

    constant: the last value [y = f(a, b)] leaves the sum with [<c_y, y'>]. Since [y'] is linear in [a'] and
    [b'], it is [<f_a c_y, a'> + <f_b c_y, b'>] with the adjoints [f_a] and [f_b] of the two parts, and
    [f_a c_y], [f_b c_y] are what the rule adds to the cotangents of [a] and [b]. When only the inputs are left,
    the balance is [sum_i <g_i, dx_i>]; at the start it was [<seed, output'>]. A value that is read twice
    receives twice, which is all that there is to sharing. *)
From Coq Require Import List Ring.
Import ListNotations.
From Heirloom Require Import Sum Node Dual Multilinear Program.

Section Gradient.
Context {K : cring} {S : signature}.
Add Ring K_gradient : (cring_law K).
Local Notation instruction := (@Program.instruction K S).
Local Notation program := (@Program.program K S).
Local Notation state := (@Program.state K S).

(** ** Meaning over the ring and over its dual numbers *)
Context (fn : meaning S K) (fn_dual : meaning S (dual K)).
Definition value {Γ Δ} (p : program Γ Δ) (x : family (vec K) Γ) : family (vec K) Δ :=
  eval own fn p x.
Definition moved {Γ Δ} (p : program Γ Δ) (x dx : family (vec K) Γ)
  : family (vec (dual K)) Δ := eval still fn_dual p (fun A v a => (x A v a, dx A v a)).
Definition derivative {Γ Δ} (p : program Γ Δ) (x dx : family (vec K) Γ) : family (vec K) Δ :=
  fun A v a => tangent (moved p x dx A v a).

(** What a cotangent holds; zero where there is none. *)
Definition held {Θ Δ} (v : family (vec K) Θ) (c : family (fun A => option (var Θ A)) Δ)
  : family (vec K) Δ := fun A w => match c A w with Some u => v A u | None => fun _ => 0 end.
Definition gradient {Γ Δ A} (p : program Γ Δ) (output seed : var Δ A) (x : family (vec K) Γ)
  : family (vec K) Γ :=
  let s := differentiate p output seed in held (value (code s) x) (cotangent s).

(** The assumption about a function symbol: over the dual numbers it moves by its Jacobian. *)
Definition has_derivative A B (f : symbol S A B) : Prop :=
  forall (X : vec (dual K) A) (x : vec K A), (forall a, re (X a) = x a) -> forall b,
    re (fn_dual A B f X b) = fn A B f x b /\
    tangent (fn_dual A B f X b) =
      sum (points A) (fun a => fn _ _ (jacobian f) x (a, b) * tangent (X a)).

Lemma pairing_put {Θ Γ A} (v : family (vec K) Θ) (w : var Γ A) c
  (f : family (fun A => option (var Θ A)) Γ) (t : family (vec K) Γ) :
  pairing Γ (held v (put w (Some c) f)) t + dot (held v f A w) (t A w) =
  pairing Γ (held v f) t + dot (v A c) (t A w).
Proof.
  induction w as [A Γ|A B Γ w IH]; cbn [put pairing].
  - change (dot (v A c) (t A here) + pairing Γ (tail (held v f)) (tail t) +
            dot (held v f A here) (t A here) =
            dot (held v f A here) (t A here) + pairing Γ (tail (held v f)) (tail t) +
            dot (v A c) (t A here)). ring.
  - rewrite <- !(Radd_assoc (cring_law K)).
    exact (f_equal2 add eq_refl (IH c (tail f) (tail t))).
Qed.

(** The first part of an evaluation over the dual numbers is the evaluation. *)
Lemma moved_re {Γ Δ} (p : program Γ Δ) (x dx : family (vec K) Γ) :
  uses has_derivative p -> forall A v a, re (moved p x dx A v a) = value p x A v a.
Proof.
  induction p as [|Δ A p IH i]; intros Hp; [reflexivity|]. destruct Hp as (Hp & Hi).
  specialize (IH Hp). refine (var_cases _ _ _); [|exact IH].
  intros a. change (re (run still fn_dual i (moved p x dx) a) = run own fn i (value p x) a).
  destruct i as [A k|A B m y|A B C m y w|A y z|A B f y]; cbn [run].
  - reflexivity.
  - rewrite (proj1 (linear_dual _ _ _)). apply scatter_ext. intros e. now rewrite IH.
  - rewrite (proj1 (bilinear_dual _ _ _ _)). apply scatter_ext. intros e. now rewrite !IH.
  - now rewrite re_add, !IH.
  - apply (Hi _ _ (IH A y)).
Qed.

(** ** The balance *)
Section Balance.
Context {Γ : context} (x : family (vec K) Γ).

Definition faithful {N Δ} (s : state Γ N Δ) (v : family (vec K) N) : Prop :=
  forall A w, value (code s) x A (name s A w) = v A w.
Definition balance {N Δ} (s : state Γ N Δ) (t : family (vec K) Δ) : K :=
  pairing Δ (held (value (code s) x) (cotangent s)) t.

Lemma run_rename {Δ Θ A} (r : family (var Θ) Δ) (i : instruction Δ A) u v :
  (forall B w, u B (r B w) = v B w) -> run own fn (rename r i) u = run own fn i v.
Proof. intros H. destruct i; cbn; now rewrite ?H. Qed.

Lemma emit_spec {N Δ A} (s : state Γ N Δ) (i : instruction N A) v t :
  faithful s v ->
  faithful (emit s i) (extend (run own fn i v) v) /\ balance (emit s i) t = balance s t.
Proof.
  intros H. split.
  - refine (var_cases _ _ _); [exact (run_rename _ _ _ _ H) | exact H].
  - apply pairing_ext. intros B w a. unfold held. cbn. now destruct (cotangent s B w).
Qed.

Lemma cancel (k l d e : K) : k + d = l + (d + e) -> k = l + e.
Proof. intros H. transitivity (k + d - d); [ring | rewrite H; ring]. Qed.

Lemma accumulate_spec {N Δ A} (s : state Γ N Δ) (to : var Δ A) (c : var N A) v t :
  faithful s v ->
  faithful (accumulate s to c) v /\
  balance (accumulate s to c) t = balance s t + dot (v A c) (t A to).
Proof.
  intros H. unfold accumulate. destruct (cotangent s A to) as [sum|] eqn:E.
  - split; [exact H|]. unfold balance; cbn [code cotangent].
    set (u := value (code s) x). set (u' := value (Then (code s) (Add sum (name s A c))) x).
    pose proof (pairing_put u' to here (fun B w => option_map there (cotangent s B w)) t) as P.
    assert (Q : forall B w a,
      held u' (fun B w => option_map there (cotangent s B w)) B w a = held u (cotangent s) B w a).
    { intros B w a. unfold held. now destruct (cotangent s B w). }
    rewrite (pairing_ext _ _ _ Q), (dot_ext _ _ _ _ (Q A to) (fun _ => eq_refl)) in P.
    replace (dot (held u (cotangent s) A to) (t A to)) with (dot (u A sum) (t A to)) in P
      by (unfold held; now rewrite E).
    change (u' A here) with (fun a => u A sum a + value (code s) x A (name s A c) a) in P.
    rewrite dot_add, H in P. exact (cancel _ _ _ _ P).
  - split; [exact H|]. unfold balance; cbn [code cotangent].
    pose proof (pairing_put (value (code s) x) to (name s A c) (cotangent s) t) as P.
    replace (held (value (code s) x) (cotangent s) A to) with (fun _ : A => (0 : K)) in P
      by (unfold held; now rewrite E).
    rewrite dot_zero_l, H in P. apply (cancel _ _ 0). etransitivity; [exact P | ring].
Qed.

Lemma contribute_spec {N Δ A} (s : state Γ N Δ) (to : var Δ A) (i : instruction N A) v t :
  faithful s v ->
  faithful (contribute s to i) v /\
  balance (contribute s to i) t = balance s t + dot (run own fn i v) (t A to).
Proof.
  intros H. destruct (emit_spec s i v t H) as (He & Be).
  destruct (accumulate_spec (emit s i) to here _ t He) as (Ha & Ba).
  split; [exact (fun B w => Ha B (there w))|].
  etransitivity; [exact Ba|]. now rewrite Be.
Qed.

Lemma backward_spec {Δ A} (i : instruction Δ A) (s : state Γ (A :: Δ) Δ) (c : vec K A)
  (v : family (vec K) Δ) (X : family (vec (dual K)) Δ) :
  symbols_of has_derivative i ->
  (forall B w b, re (X B w b) = v B w b) ->
  faithful s (extend c v) ->
  let t B w b := tangent (X B w b) in
  faithful (backward i s) (extend c v) /\
  balance (backward i s) t = balance s t + dot c (fun a => tangent (run still fn_dual i X a)).
Proof.
  intros Hf HX H t. destruct i as [A k|A B m y|A B C m y w|A y z|A B f y]; cbn [backward].
  - split; [exact H|]. cbn. rewrite dot_comm, dot_zero_l. ring.
  - destruct (contribute_spec s y (Linear (reverse m) here) _ t H) as (H1 & ->).
    split; [exact H1|]. f_equal. rewrite (dot_comm c). cbn. rewrite <- adjoint_reverse.
    apply dot_ext; [|easy]. intros b. symmetry. apply linear_dual.
  - destruct (contribute_spec s y (Bilinear (rotate m) (there w) here) _ t H) as (H1 & B1).
    destruct (contribute_spec _ w (Bilinear (rotate (rotate m)) here (there y)) _ t H1)
      as (H2 & ->).
    split; [exact H2|]. rewrite B1. cbn.
    destruct (adjoint_rotation m (t A y) (v B w) c) as (E1 & -> & _).
    destruct (adjoint_rotation m (v A y) (t B w) c) as (E2 & _ & ->).
    rewrite <- E1, <- E2, (dot_comm c).
    rewrite (dot_ext (fun a => tangent (bilinear still m (X A y) (X B w) a))
      (fun a => bilinear own m (t A y) (v B w) a + bilinear own m (v A y) (t B w) a) c c).
    + rewrite dot_add. ring.
    + intros a. rewrite (proj2 (bilinear_dual m (X A y) (X B w) a)).
      f_equal; apply scatter_ext; intros e; cbn; now rewrite HX.
    + easy.
  - destruct (accumulate_spec s y here _ t H) as (H1 & B1).
    destruct (accumulate_spec _ z here _ t H1) as (H2 & ->).
    split; [exact H2|]. rewrite B1.
    change (fun a => tangent (run still fn_dual (Add y z) X a))
      with (fun a => t A y a + t A z a).
    rewrite dot_add_r. cbn. ring.
  - destruct (emit_spec s (Apply (jacobian f) (there y)) _ t H) as (H1 & B1).
    destruct (contribute_spec _ y (Bilinear (contraction A B) here (there here)) _ t H1)
      as (H2 & B2).
    split; [exact (fun C u => H2 C (there u))|]. etransitivity; [exact B2|]. rewrite B1.
    f_equal. etransitivity; [apply dot_contraction|]. apply dot_ext; [easy|]. intros b.
    symmetry. apply (Hf (X A y) (v A y) (HX A y)).
Qed.

Lemma visit_spec {Δ A} (i : instruction Δ A) (s : state Γ (A :: Δ) (A :: Δ)) y
  (v : family (vec K) Δ) (X : family (vec (dual K)) Δ) :
  symbols_of has_derivative i ->
  (forall B w b, re (X B w b) = v B w b) ->
  faithful s (extend y v) ->
  faithful (visit i s) v /\
  balance (visit i s) (fun B w b => tangent (X B w b)) =
  balance s (fun B w b => tangent (extend (run still fn_dual i X) X B w b)).
Proof.
  intros Hf HX H. set (t := fun B w b => tangent (X B w b)).
  assert (B0 : balance s (fun B w b => tangent (extend (run still fn_dual i X) X B w b)) =
    dot (held (value (code s) x) (cotangent s) A here)
        (fun a => tangent (run still fn_dual i X a)) +
    pairing Δ (held (value (code s) x) (tail (cotangent s))) t) by reflexivity.
  rewrite B0. clear B0. unfold visit, held at 1. destruct (cotangent s A here) as [c|].
  - set (s' := State _ _ (extend c (tail (name s))) (tail (cotangent s))).
    assert (H' : faithful s' (extend (value (code s) x A c) v)).
    { refine (var_cases _ _ _); [reflexivity|]. intros B w. exact (H B (there w)). }
    destruct (backward_spec i s' _ v X Hf HX H') as (H1 & B1).
    split; [exact (fun B w => H1 B (there w))|]. etransitivity; [exact B1|].
    apply (Radd_comm (cring_law K)).
  - split; [exact (fun B w => H B (there w))|]. rewrite dot_zero_l.
    symmetry. apply (Radd_0_l (cring_law K)).
Qed.

Lemma sweep_balance {Γ' Δ} (p : program Γ' Δ) (y dy : family (vec K) Γ') (s : state Γ Δ Δ) :
  uses has_derivative p ->
  faithful s (value p y) ->
  balance (sweep p s) dy = balance s (derivative p y dy).
Proof.
  induction p as [|Δ A p IH i]; intros Hp H; [reflexivity|]. destruct Hp as (Hp & Hi). cbn [sweep].
  destruct (visit_spec i s _ (value p y) (moved p y dy) Hi (moved_re p y dy Hp) H) as (H1 & B1).
  rewrite IH; [exact B1 | exact Hp | exact H1].
Qed.
End Balance.

(** ** The theorems *)
Theorem gradient_program {Γ Δ A} (p : program Γ Δ) (output seed : var Δ A)
  (x dx : family (vec K) Γ) :
  uses has_derivative p ->
  pairing Γ (gradient p output seed x) dx =
  dot (value p x A seed) (derivative p x dx A output).
Proof.
  intros Hp. unfold gradient, differentiate.
  set (s := State _ _ _ _).
  etransitivity; [exact (sweep_balance x p x dx s Hp (fun _ _ => eq_refl))|].
  pose proof (pairing_put (value p x) output seed (fun _ _ => None) (derivative p x dx)) as P.
  change (held (value p x) (fun _ _ => None)) with (fun B (_ : var Δ B) (_ : B) => (0 : K)) in P.
  cbv beta in P. rewrite dot_zero_l, pairing_zero in P.
  rewrite (Radd_comm (cring_law K) _ 0), !(Radd_0_l (cring_law K)) in P. exact P.
Qed.

(** In the direction of one coordinate: the gradient consists of the partial derivatives. *)
Definition coordinate {Γ A} (v : var Γ A) (a : A) : family (vec K) Γ :=
  put v (unit_at a) (fun _ _ _ => 0).

Lemma pairing_coordinate {Γ A} (u : family (vec K) Γ) (v : var Γ A) (a : A) :
  pairing Γ u (coordinate v a) = u A v a.
Proof.
  revert u. unfold coordinate. induction v as [A Γ|A B Γ v IH]; intros u; cbn [pairing put].
  - change (dot (u A here) (unit_at a) + pairing Γ (tail u) (fun _ _ _ => 0) = u A here a).
    rewrite dot_unit, pairing_zero_r. ring.
  - change (dot (u B here) (fun _ => 0) +
      pairing Γ (tail u) (put v (unit_at a) (fun _ _ _ => 0)) = tail u A v a).
    rewrite IH, dot_comm, dot_zero_l. ring.
Qed.

Corollary gradient_partial {Γ Δ A B} (p : program Γ Δ) (output seed : var Δ A)
  (x : family (vec K) Γ) (v : var Γ B) (b : B) :
  uses has_derivative p ->
  gradient p output seed x B v b =
  dot (value p x A seed) (derivative p x (coordinate v b) A output).
Proof. intros H. rewrite <- gradient_program by exact H. symmetry. apply pairing_coordinate. Qed.

(** ** The gradient of a gate (T5) *)
Section Gate.
Context {J C H T I O : space} (channel : J -> C -> H) (src : O -> T -> option I).

(** The inputs are the gates, the frozen kernel, the layer's input, and the cotangent of its output, which the
    rest of the network gives. *)
Definition gate_inputs : context := [pairs J C; pairs (pairs J C) T; pairs H I; pairs J O].
Definition gated_layer
  : program gate_inputs (pairs J O :: pairs (pairs J C) T :: gate_inputs) :=
  Then (Then Start (Bilinear gate_products here (there here)))
    (Bilinear (conv_products (layer_src channel src)) here (there (there (there here)))).
Definition given : var (pairs J O :: pairs (pairs J C) T :: gate_inputs) (pairs J O) :=
  there (there (there (there (there here)))).

Definition gate_values (g : vec K (pairs J C)) (F : J -> C -> T -> K) (x : H -> I -> K)
  (G : J -> O -> K) : family (vec K) gate_inputs :=
  extend g (@extend (vec K) (pairs (pairs J C) T) _ (fun '(j, k, t) => F j k t)
    (@extend (vec K) (pairs H I) _ (fun '(h, i) => x h i)
      (@extend (vec K) (pairs J O) _ (fun '(j, p) => G j p) (fun _ _ _ => 0)))).

(** The derivative by one gate is what the gradient program gives, is the cotangent against the transformed
    input channel, and is the gradient of the merged kernel against the frozen kernel. *)
Corollary gate_gradient g F x G (j : J) (k : C) :
  let v := gate_values g F x G in
  let dg := gradient gated_layer here given v _ here (j, k) in
  dg = dot (v _ (there (there (there here))))
    (derivative gated_layer v (@coordinate _ (pairs J C) here (j, k)) _ here) /\
  dg = inner (points O) (G j) (conv (window src) (F j k) (x (channel j k))) /\
  dg = sum (points T) (fun t =>
    wgrad (window src) (points O) (G j) (x (channel j k)) t * F j k t).
Proof.
  intros v dg. split; [now apply gradient_partial; cbn|].
  rewrite T5_adjoint. cbn [taps window].
  enough (E : dg = _) by (split; exact E).
  change dg with (bilinear own (rotate gate_products) (v _ (there here))
    (bilinear own (rotate (conv_products (layer_src channel src))) (v _ (there (there here)))
      (v _ (there (there (there here))))) (j, k)).
  rewrite (proj1 (proj2 (gate_trilinear g _ _))). apply sum_ext. intros t _.
  transitivity (F j k t * wgrad (window src) (points O) (G j) (x (channel j k)) t);
    [f_equal | ring].
  rewrite (proj1 (proj2 (conv_trilinear _ (v _ (there here)) _ _))).
  exact (layer_wgrad channel src x G j k t).
Qed.
End Gate.
End Gradient.
