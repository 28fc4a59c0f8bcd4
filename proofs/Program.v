(** Programs of tensor instructions, and reverse-mode differentiation as a transformation of them.

    A program is a list of instructions in single assignment: each computes one more tensor from earlier ones,
    and a value may be read any number of times. [differentiate] appends the instructions that compute the
    gradients, as [src/compile/derivative.ts] does: it visits the values from the last to the first, and where a
    value has a cotangent, its rule contributes to the cotangents of the arguments. Gradient.v proves it right.

    The primitives of [src/compile/program.ts] are read as follows.
    - [Linear]: scale, sum, broadcast, channelSum, reshape, pad, slice, average pooling, up-sampling.
    - [Bilinear]: conv, convInputGrad, convFilterGrad, gateWeight, gateGrad, channelScale, channelDot, matmul,
      multiply, scaleBy.
    - [Add]: add; and with linear maps and constants subtract, offset, concat, channelShift, channelAffine.
    - [Apply]: whatever is no polynomial. Its adjoint is two instructions, the Jacobian and its contraction with
      the cotangent, where the TypeScript dialect has one (activationGrad, maxPoolGrad, crossEntropyGrad).

    Types keep the books: a variable of a context cannot dangle, and has the space of its tensor. *)
From Coq Require Import List Ring.
Import ListNotations.
From Heirloom Require Import Sum Node Dual Multilinear.

(** ** Contexts: the spaces of the values so far, the last one first *)
Definition context := list space.

Inductive var : context -> space -> Type :=
| here {A Γ} : var (A :: Γ) A
| there {A B Γ} : var Γ A -> var (B :: Γ) A.

(** Something for each variable: tensors, names, cotangents. *)
Definition family (F : space -> Type) (Γ : context) : Type := forall A, var Γ A -> F A.

Definition extend {F A Γ} (a : F A) (f : family F Γ) : family F (A :: Γ) := fun B v =>
  match v in var Δ B
  return match Δ with [] => unit | A :: Γ => F A -> family F Γ -> F B end with
  | here => fun a _ => a
  | there v => fun _ f => f _ v
  end a f.

Definition tail {F A Γ} (f : family F (A :: Γ)) : family F Γ := fun B v => f B (there v).

Fixpoint put {F Γ A} (v : var Γ A) : F A -> family F Γ -> family F Γ :=
  match v with
  | here => fun a f => extend a (tail f)
  | there v => fun a f => extend (f _ here) (put v a (tail f))
  end.

Lemma var_cases {A Γ} (P : forall B, var (A :: Γ) B -> Prop) :
  P A here -> (forall B v, P B (there v)) -> forall B v, P B v.
Proof.
  intros Hh Ht B v. revert P Hh Ht.
  refine (match v in var Δ B return
    match Δ return var Δ B -> Prop with
    | [] => fun _ => True
    | A :: Γ => fun v => forall P : forall B, var (A :: Γ) B -> Prop,
        P A here -> (forall B v, P B (there v)) -> P B v
    end v with here => _ | there v => _ end); auto.
Qed.

(** ** Pairings of all variables *)
Section Pairing.
Context {K : cring}.
Add Ring K_pairing : (cring_law K).

(** The sum of the pairings of two tensors for each variable. *)
Fixpoint pairing (Γ : context) : family (vec K) Γ -> family (vec K) Γ -> K :=
  match Γ with
  | [] => fun _ _ => 0
  | A :: Γ => fun u v => dot (u A here) (v A here) + pairing Γ (tail u) (tail v)
  end.

Lemma pairing_ext {Γ} (u u' v : family (vec K) Γ) :
  (forall A w a, u A w a = u' A w a) -> pairing Γ u v = pairing Γ u' v.
Proof.
  induction Γ as [|A Γ IH]; cbn; intros H; [reflexivity|].
  rewrite (IH (tail u) (tail u')) by (intros; apply H).
  f_equal. now apply dot_ext.
Qed.

Lemma pairing_zero_r {Γ} (u : family (vec K) Γ) : pairing Γ u (fun _ _ _ => 0) = 0.
Proof.
  induction Γ as [|A Γ IH]; cbn; [reflexivity|]. rewrite dot_comm, dot_zero_l.
  change (0 + pairing Γ (tail u) (fun _ _ _ => 0) = 0). rewrite IH. ring.
Qed.
Lemma pairing_zero {Γ} (v : family (vec K) Γ) : pairing Γ (fun _ _ _ => 0) v = 0.
Proof.
  induction Γ as [|A Γ IH]; cbn; [reflexivity|]. rewrite dot_zero_l.
  change (0 + pairing Γ (fun _ _ _ => 0) (tail v) = 0). rewrite IH. ring.
Qed.

(** ** Functions that are no polynomials *)

(** The Jacobian of a function applied backwards, [J, c |-> J^T c]: [<J^T c, t> = <c, J t>]. *)
Definition contraction (A B : space) : list (product K (pairs A B) B A) :=
  map (fun ab : pairs A B => Product ab (snd ab) (fst ab) 1) (points (pairs A B)).

Lemma dot_contraction {A B : space} (J : vec K (pairs A B)) (c : vec K B) (t : vec K A) :
  dot (bilinear own (contraction A B) J c) t =
  dot c (fun b => sum (points A) (fun a => J (a, b) * t a)).
Proof.
  destruct (adjoint_rotation (contraction A B) J c t) as (-> & _).
  unfold form, contraction. rewrite sum_map, sum_pairs. cbn. unfold dot, inner.
  rewrite sum_swap. apply sum_ext. intros b _. rewrite sum_scale. apply sum_ext. intros; ring.
Qed.
End Pairing.

(** Symbols for functions between spaces, each with a symbol for its Jacobian. *)
Record signature := Signature {
  symbol : space -> space -> Type;
  jacobian : forall A B, symbol A B -> symbol A (pairs A B) }.
Arguments jacobian {_ A B}.
Definition meaning (S : signature) (R : cring) : Type :=
  forall A B, symbol S A B -> vec R A -> vec R B.

Section Program.
Context {K : cring} {S : signature}.

(** ** Programs *)
Inductive instruction (Γ : context) : space -> Type :=
| Constant {A : space} (c : vec K A) : instruction Γ A
| Linear {A B : space} (m : list (arc K A B)) (x : var Γ A) : instruction Γ B
| Bilinear {A B C : space} (m : list (product K A B C)) (x : var Γ A) (w : var Γ B) : instruction Γ C
| Add {A : space} (x y : var Γ A) : instruction Γ A
| Apply {A B : space} (f : symbol S A B) (x : var Γ A) : instruction Γ B.

Global Arguments Constant {Γ A}.
Global Arguments Linear {Γ A B}.
Global Arguments Bilinear {Γ A B C}.
Global Arguments Add {Γ A}.
Global Arguments Apply {Γ A B}.

(** [program Γ Δ] has the inputs [Γ] and, all in all, the values [Δ]. *)
Inductive program (Γ : context) : context -> Type :=
| Start : program Γ Γ
| Then {Δ A} (p : program Γ Δ) (i : instruction Δ A) : program Γ (A :: Δ).

Global Arguments Start {Γ}.
Global Arguments Then {Γ Δ A}.

(** The meaning over a ring that contains [K]. *)
Definition run {R : cring} (inj : K -> R) (fn : meaning S R) {Γ A} (i : instruction Γ A)
  (v : family (vec R) Γ) : vec R A :=
  match i in instruction _ A return vec R A with
  | Constant c => fun a => inj (c a)
  | Linear m x => linear inj m (v _ x)
  | Bilinear m x w => bilinear inj m (v _ x) (v _ w)
  | Add x y => fun a => v _ x a + v _ y a
  | Apply f x => fn _ _ f (v _ x)
  end.

Fixpoint eval {R : cring} (inj : K -> R) (fn : meaning S R) {Γ Δ} (p : program Γ Δ)
  (x : family (vec R) Γ) : family (vec R) Δ :=
  match p with
  | Start => x
  | Then p i => let v := eval inj fn p x in extend (run inj fn i v) v
  end.

(** ** The sweep *)

(** What has been emitted from the inputs [Γ]; where the values [N], which rules may name, lie in it; and where
    the cotangents of the values [Δ] lie, as far as there are any. *)
Record state (Γ N Δ : context) := State {
  memory : context;
  code : program Γ memory;
  name : family (var memory) N;
  cotangent : family (fun A => option (var memory A)) Δ }.
Global Arguments State {Γ N Δ}.
Global Arguments memory {Γ N Δ}.
Global Arguments code {Γ N Δ}.
Global Arguments name {Γ N Δ}.
Global Arguments cotangent {Γ N Δ}.

Definition rename {Γ Δ A} (r : family (var Δ) Γ) (i : instruction Γ A) : instruction Δ A :=
  match i with
  | Constant c => Constant c
  | Linear m x => Linear m (r _ x)
  | Bilinear m x w => Bilinear m (r _ x) (r _ w)
  | Add x y => Add (r _ x) (r _ y)
  | Apply f x => Apply f (r _ x)
  end.

(** Emit an instruction and name its value. *)
Definition emit {Γ N Δ A} (s : state Γ N Δ) (i : instruction N A) : state Γ (A :: N) Δ :=
  State (A :: memory s) (Then (code s) (rename (name s) i))
    (extend here (fun B v => there (name s B v)))
    (fun B v => option_map there (cotangent s B v)).

Definition forget {Γ N Δ A} (s : state Γ (A :: N) Δ) : state Γ N Δ :=
  State (memory s) (code s) (tail (name s)) (cotangent s).

(** Give a value one more cotangent: the first is kept as it is, another is added. *)
Definition accumulate {Γ N Δ A} (s : state Γ N Δ) (to : var Δ A) (c : var N A) : state Γ N Δ :=
  match cotangent s A to with
  | None => State (memory s) (code s) (name s) (put to (Some (name s A c)) (cotangent s))
  | Some sum =>
      State (A :: memory s) (Then (code s) (Add sum (name s A c)))
        (fun B v => there (name s B v))
        (put to (Some here) (fun B v => option_map there (cotangent s B v)))
  end.

Definition contribute {Γ N Δ A} (s : state Γ N Δ) (to : var Δ A) (i : instruction N A)
  : state Γ N Δ := forget (accumulate (emit s i) to here).

(** The rules. Among the names, [here] is the cotangent of the instruction's value, and the rest are the
    values before it. *)
Definition backward {Γ Δ A} (i : instruction Δ A) (s : state Γ (A :: Δ) Δ)
  : state Γ (A :: Δ) Δ :=
  match i in instruction _ A return state Γ (A :: Δ) Δ -> state Γ (A :: Δ) Δ with
  | Constant _ => fun s => s
  | Linear m x => fun s => contribute s x (Linear (reverse m) here)
  | Bilinear m x w => fun s =>
      contribute (contribute s x (Bilinear (rotate m) (there w) here))
        w (Bilinear (rotate (rotate m)) here (there x))
  | Add x y => fun s => accumulate (accumulate s x here) y here
  | Apply f x => fun s =>
      forget (contribute (emit s (Apply (jacobian f) (there x)))
        x (Bilinear (contraction _ _) here (there here)))
  end s.

(** Visit the last value. Where it has no cotangent, nothing is emitted. *)
Definition visit {Γ Δ A} (i : instruction Δ A) (s : state Γ (A :: Δ) (A :: Δ)) : state Γ Δ Δ :=
  match cotangent s A here with
  | None => State (memory s) (code s) (tail (name s)) (tail (cotangent s))
  | Some c =>
      forget (backward i (State (memory s) (code s) (extend c (tail (name s)))
        (tail (cotangent s))))
  end.

Fixpoint sweep {Γ Γ' Δ} (p : program Γ' Δ) : state Γ Δ Δ -> state Γ Γ' Γ' :=
  match p with
  | Start => fun s => s
  | Then p i => fun s => sweep p (visit i s)
  end.

(** The program followed by its gradient; the seed is any of its values. *)
Definition differentiate {Γ Δ A} (p : program Γ Δ) (output seed : var Δ A) : state Γ Γ Γ :=
  sweep p (State Δ p (fun _ v => v) (put output (Some seed) (fun _ _ => None))).

(** All function symbols of a program are in a class. *)
Definition symbols_of {Γ A} (P : forall A B, symbol S A B -> Prop) (i : instruction Γ A) : Prop :=
  match i with Apply f _ => P _ _ f | _ => True end.
Fixpoint uses (P : forall A B, symbol S A B -> Prop) {Γ Δ} (p : program Γ Δ) : Prop :=
  match p with Start => True | Then p i => uses P p /\ symbols_of P i end.

(** ** Closure *)

(** Differentiating needs no functions but the Jacobians of those that are there: the gradient of a program
    of sums and products is one, and where Jacobians have derivatives it can be differentiated again. *)
Section Closed.
Context (P : forall A B, symbol S A B -> Prop)
  (closed : forall A B f, P A B f -> P A (pairs A B) (jacobian f)).

Lemma rename_symbols {Γ Δ A} (r : family (var Δ) Γ) (i : instruction Γ A) :
  symbols_of P i -> symbols_of P (rename r i).
Proof. now destruct i. Qed.

Lemma accumulate_uses {Γ N Δ A} (s : state Γ N Δ) (to : var Δ A) (c : var N A) :
  uses P (code s) -> uses P (code (accumulate s to c)).
Proof. intros H. unfold accumulate. destruct (cotangent s A to); cbn; auto. Qed.

Lemma contribute_uses {Γ N Δ A} (s : state Γ N Δ) (to : var Δ A) (i : instruction N A) :
  uses P (code s) -> symbols_of P i -> uses P (code (contribute s to i)).
Proof. intros H Hi. apply accumulate_uses. split; [exact H | now apply rename_symbols]. Qed.

Lemma backward_uses {Γ Δ A} (i : instruction Δ A) (s : state Γ (A :: Δ) Δ) :
  uses P (code s) -> symbols_of P i -> uses P (code (backward i s)).
Proof.
  intros H Hi. destruct i as [A c|A B m x|A B C m x w|A x y|A B f x]; cbn [backward].
  - exact H.
  - now apply contribute_uses.
  - apply contribute_uses; [now apply contribute_uses | exact I].
  - apply accumulate_uses, accumulate_uses, H.
  - set (e := emit s (Apply (jacobian f) (there x))).
    assert (He : uses P (code e)) by (split; [exact H | apply closed, Hi]).
    exact (contribute_uses e x (Bilinear (contraction A B) here (there here)) He I).
Qed.

Lemma sweep_uses {Γ Γ' Δ} (p : program Γ' Δ) (s : state Γ Δ Δ) :
  uses P p -> uses P (code s) -> uses P (code (sweep p s)).
Proof.
  induction p as [|Δ A p IH i]; intros Hp H; [exact H|]. destruct Hp as (Hp & Hi).
  apply IH; [exact Hp|]. unfold visit. destruct (cotangent s A here) as [c|]; [|exact H].
  exact (backward_uses i (State _ (code s) _ _) H Hi).
Qed.

Theorem gradient_closed {Γ Δ A} (p : program Γ Δ) (output seed : var Δ A) :
  uses P p -> uses P (code (differentiate p output seed)).
Proof. intros H. now apply sweep_uses. Qed.
End Closed.
End Program.
