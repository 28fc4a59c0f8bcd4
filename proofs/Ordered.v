(** Ordered commutative rings: what magnitudes, thresholds and minimisers need.

    An order is given by its positive elements: closed under sum and product, zero not among them, and of
    a and -a at least one is positive unless a = 0. The whole numbers are an instance, at the end. *)
From Coq Require Import List Ring ZArith Lia.
Import ListNotations.
From Heirloom Require Import Sum.

Record ordered (K : cring) := Ordered {
  positive : K -> Prop;
  sign : forall a : K, {positive a} + {a = 0} + {positive (opp a)};
  positive_add : forall a b, positive a -> positive b -> positive (a + b);
  positive_mul : forall a b, positive a -> positive b -> positive (a * b);
  zero_not_positive : ~ positive 0 }.
Arguments positive {K}. Arguments sign {K}.

Section Order.
Context {K : cring} (R : ordered K).
Add Ring K_ring_ordered : (cring_law K).

Definition nonneg (a : K) : Prop := positive R a \/ a = 0.
Definition le (a b : K) : Prop := nonneg (b - a).
Definition mag (a : K) : K := if sign R a then a else opp a.
Definition sgn (a : K) : K := if sign R a then 1 else opp 1.

Lemma nonneg_add a b : nonneg a -> nonneg b -> nonneg (a + b).
Proof.
  intros [Ha| ->] [Hb| ->].
  - left. now apply positive_add.
  - replace (a + 0) with a by ring. now left.
  - replace (0 + b) with b by ring. now left.
  - right. ring.
Qed.

Lemma nonneg_mul a b : nonneg a -> nonneg b -> nonneg (a * b).
Proof.
  intros [Ha| ->] [Hb| ->]; [left; now apply positive_mul | right; ring ..].
Qed.

Lemma nonneg_square a : nonneg (a * a).
Proof.
  destruct (sign R a) as [[H| ->]|H].
  - left. now apply positive_mul.
  - right. ring.
  - replace (a * a) with (opp a * opp a) by ring. left. now apply positive_mul.
Qed.

Lemma nonneg_sum {A} (l : list A) f : (forall a, In a l -> nonneg (f a)) -> nonneg (sum l f).
Proof.
  induction l; simpl; intros H; [now right|]. apply nonneg_add; auto.
Qed.

Lemma le_eq a b : a = b -> le a b.
Proof. intros ->. right. ring. Qed.

Lemma le_trans a b c : le a b -> le b c -> le a c.
Proof.
  intros H1 H2. unfold le. replace (c - a) with ((b - a) + (c - b)) by ring. now apply nonneg_add.
Qed.

Lemma le_add a b c d : le a b -> le c d -> le (a + c) (b + d).
Proof.
  intros H1 H2. unfold le. replace (b + d - (a + c)) with ((b - a) + (d - c)) by ring.
  now apply nonneg_add.
Qed.

Lemma le_mul c a b : nonneg c -> le a b -> le (c * a) (c * b).
Proof.
  intros Hc H. unfold le. replace (c * b - c * a) with (c * (b - a)) by ring. now apply nonneg_mul.
Qed.

Lemma le_sum {A} (l : list A) f g : (forall a, In a l -> le (f a) (g a)) -> le (sum l f) (sum l g).
Proof.
  induction l; simpl; intros H; [now apply le_eq|]. apply le_add; auto.
Qed.

(** ** Magnitudes *)
Lemma mag_nonneg a : nonneg (mag a).
Proof. unfold mag. destruct (sign R a) as [[H| ->]|H]; [now left | now right | now left]. Qed.

Lemma mag_sgn a : a = mag a * sgn a.
Proof. unfold mag, sgn. destruct (sign R a) as [[|]|]; ring. Qed.

Lemma sgn_square a : sgn a * sgn a = 1.
Proof. unfold sgn. destruct (sign R a) as [[|]|]; ring. Qed.

Lemma mag_square a : mag a * mag a = a * a.
Proof. unfold mag. destruct (sign R a) as [[|]|]; ring. Qed.

Lemma mag_either a : mag a = a \/ mag a = opp a.
Proof. unfold mag. destruct (sign R a) as [[|]|]; auto. Qed.

Lemma mag_bounds a : le a (mag a) /\ le (opp a) (mag a).
Proof.
  pose proof (nonneg_add _ _ (mag_nonneg a) (mag_nonneg a)) as H. unfold le.
  destruct (mag_either a) as [E|E]; rewrite E in *.
  - split; [right; ring | now replace (a - opp a) with (a + a) by ring].
  - split; [now replace (opp a - a) with (opp a + opp a) by ring | right; ring].
Qed.

Lemma mag_le a b : le a b -> le (opp a) b -> le (mag a) b.
Proof. destruct (mag_either a) as [-> | ->]; auto. Qed.

Lemma mag_add a b : le (mag (a + b)) (mag a + mag b).
Proof.
  destruct (mag_bounds a), (mag_bounds b). apply mag_le; [now apply le_add|].
  replace (opp (a + b)) with (opp a + opp b) by ring. now apply le_add.
Qed.

Lemma mag_mul a b : le (mag (a * b)) (mag a * mag b).
Proof.
  pose proof (nonneg_mul _ _ (mag_nonneg a) (mag_nonneg b)) as H.
  pose proof (nonneg_add _ _ H H) as H2.
  assert (E : mag a * mag b = a * b \/ mag a * mag b = opp (a * b)).
  { destruct (mag_either a) as [-> | ->], (mag_either b) as [-> | ->]; [left|right|right|left]; ring. }
  destruct E as [E|E]; rewrite E in *; apply mag_le; unfold le.
  - right; ring.
  - now replace (a * b - opp (a * b)) with (a * b + a * b) by ring.
  - now replace (opp (a * b) - a * b) with (opp (a * b) + opp (a * b)) by ring.
  - right; ring.
Qed.

Lemma mag_sum {A} (l : list A) f : le (mag (sum l f)) (sum l (fun a => mag (f a))).
Proof.
  induction l as [|a l IH]; simpl.
  - apply le_eq. destruct (mag_either 0) as [-> | ->]; ring.
  - eapply le_trans; [apply mag_add|]. apply le_add; [now apply le_eq | exact IH].
Qed.

(** ** Squares *)
Lemma square_le a b : nonneg b -> le (a * a) (b * b) -> le a b.
Proof.
  intros Hb H. destruct (sign R (b - a)) as [[Hd|Hd]|Hd]; [now left | now right |].
  exfalso. apply (zero_not_positive K R).
  assert (Hs : positive R (a * a - b * b)).
  { replace (a * a - b * b) with (opp (b - a) * opp (b - a) + (b + b) * opp (b - a)) by ring.
    pose proof (positive_mul K R _ _ Hd Hd) as Hq.
    destruct (nonneg_mul _ _ (nonneg_add _ _ Hb Hb) (or_introl Hd)) as [Hp|Hp].
    - now apply positive_add.
    - rewrite Hp. now replace (opp (b - a) * opp (b - a) + 0) with (opp (b - a) * opp (b - a)) by ring. }
  destruct H as [H|H].
  - replace (zero : K) with ((a * a - b * b) + (b * b - a * a)) by ring. now apply positive_add.
  - replace (zero : K) with (a * a - b * b); [exact Hs|].
    replace (a * a - b * b) with (opp (b * b - a * a)) by ring. rewrite H. ring.
Qed.

(** Cauchy and Schwarz, by Lagrange: the difference of the sides is a sum of squares. *)
Lemma cauchy {A} (l : list A) u v :
  le (sum l (fun k => u k * v k) * sum l (fun k => u k * v k))
     (sum l (fun k => u k * u k) * sum l (fun k => v k * v k)).
Proof.
  induction l as [|k l IH]; simpl; [apply le_eq; ring|].
  set (a := sum l (fun k => u k * v k)) in *. set (U := sum l (fun k => u k * u k)) in *.
  set (V := sum l (fun k => v k * v k)) in *. unfold le.
  replace ((u k * u k + U) * (v k * v k + V) - (u k * v k + a) * (u k * v k + a))
    with (sum l (fun m => (u k * v m - u m * v k) * (u k * v m - u m * v k)) + (U * V - a * a)).
  - apply nonneg_add; [apply nonneg_sum; intros; apply nonneg_square | exact IH].
  - rewrite (sum_ext l _ (fun m => u k * u k * (v m * v m) + (opp (u k * v k + u k * v k) * (u m * v m)
               + v k * v k * (u m * u m)))) by (intros; ring).
    rewrite !sum_add, <- !sum_scale. fold a U V. ring.
Qed.
End Order.
Arguments nonneg {K}. Arguments le {K}. Arguments mag {K}. Arguments sgn {K}.

(** ** The whole numbers *)
Definition Z_ring : cring := CRing Z 0%Z 1%Z Z.add Z.mul Z.sub Z.opp Zth.
Lemma Z_sign (a : Z) : {(0 < a)%Z} + {a = 0%Z} + {(0 < - a)%Z}.
Proof. destruct (Z_lt_dec 0 a); [now left; left|]. destruct (Z.eq_dec a 0); [left; now right | right; lia]. Qed.
Definition Z_ordered : ordered Z_ring.
Proof. refine (Ordered Z_ring (fun a => (0 < a)%Z) Z_sign _ _ _); simpl; lia. Defined.
