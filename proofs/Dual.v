(** The dual numbers over a commutative ring: pairs [x + e dx] with [e * e = 0].

    Multiplying out, [(x + e dx)(y + e dy) = x y + e (x dy + dx y)]: the second part of every sum and product
    is its derivative. To evaluate a program over the dual numbers at [x + e dx] is therefore to differentiate
    it at [x] in the direction [dx]. *)
From Coq Require Import List Ring.
Import ListNotations.
From Heirloom Require Import Sum.

Section Dual.
Context {K : cring}.
Add Ring K_dual : (cring_law K).

Definition dual_zero : K * K := (0, 0).
Definition dual_one : K * K := (1, 0).
Definition dual_add (u v : K * K) : K * K := (fst u + fst v, snd u + snd v).
Definition dual_mul (u v : K * K) : K * K := (fst u * fst v, fst u * snd v + snd u * fst v).
Definition dual_sub (u v : K * K) : K * K := (fst u - fst v, snd u - snd v).
Definition dual_opp (u : K * K) : K * K := (opp (fst u), opp (snd u)).

Theorem dual_ring :
  ring_theory dual_zero dual_one dual_add dual_mul dual_sub dual_opp (@eq (K * K)).
Proof.
  constructor; intros; repeat match goal with u : (car K * car K)%type |- _ => destruct u end;
    unfold dual_zero, dual_one, dual_add, dual_mul, dual_sub, dual_opp; cbn; f_equal; ring.
Qed.

Definition dual : cring :=
  CRing (K * K) dual_zero dual_one dual_add dual_mul dual_sub dual_opp dual_ring.

(** A number that does not move, the infinitesimal, and the two parts. *)
Definition still (x : K) : dual := (x, 0).
Definition epsilon : dual := (0, 1).
Definition re (u : dual) : K := fst u.
Definition tangent (u : dual) : K := snd u.

Theorem dual_epsilon : epsilon * epsilon = 0.
Proof. unfold epsilon; cbn; unfold dual_mul, dual_zero; cbn; f_equal; ring. Qed.

Lemma dual_parts (u : dual) : u = still (re u) + epsilon * still (tangent u).
Proof.
  destruct u; cbn; unfold dual_add, dual_mul; cbn; f_equal; ring.
Qed.

Lemma re_add u v : re (u + v) = re u + re v. Proof. reflexivity. Qed.
Lemma tangent_add u v : tangent (u + v) = tangent u + tangent v. Proof. reflexivity. Qed.
Lemma re_mul u v : re (u * v) = re u * re v. Proof. reflexivity. Qed.
Lemma tangent_mul u v : tangent (u * v) = re u * tangent v + tangent u * re v.
Proof. reflexivity. Qed.

Lemma re_sum {A} (l : list A) (f : A -> dual) : re (sum l f) = sum l (fun a => re (f a)).
Proof. induction l; [reflexivity|]. cbn [sum]. now rewrite re_add, IHl. Qed.
Lemma tangent_sum {A} (l : list A) (f : A -> dual) :
  tangent (sum l f) = sum l (fun a => tangent (f a)).
Proof. induction l; [reflexivity|]. cbn [sum]. now rewrite tangent_add, IHl. Qed.
End Dual.
Arguments dual : clear implicits.
