(** * What rounding a merged kernel does

    Over machine numbers the weights of a merged convolution are the products rounded. Rounding is no
    step of the proof that a merge is right: that is [T4_merge], about the exact products. It is a
    perturbation of the kernel, and a convolution is linear in its kernel. So the values differ by the
    convolution with the difference of the kernels, and by at most the sum of the magnitudes. *)
From Coq Require Import List Ring.
Import ListNotations.
From Heirloom Require Import Sum Node Ordered.
Local Open Scope K_scope.

Section Rounding.
Context {K : cring} (R : ordered K).
Add Ring K_ring_rounding : (cring_law K).
Notation le := (le R).
Notation mag := (mag R).

Definition gap {C I O} (g : geom I O) (ks : list C) (F G : C -> tap g -> K) (x : C -> tensor I) p :=
  sum ks (fun k => conv g (F k) (x k) p) - sum ks (fun k => conv g (G k) (x k) p).

Lemma gap_linear {C I O} (g : geom I O) (ks : list C) F G x p :
  gap g ks F G x p =
  sum ks (fun k => sum (taps g) (fun t => (F k t - G k t) * rd (x k) (src g p t))).
Proof.
  unfold gap, conv. induction ks as [|k ks IH]; simpl; [ring|].
  rewrite <- IH. clear IH.
  transitivity (sum (taps g) (fun t => F k t * rd (x k) (src g p t)) -
                sum (taps g) (fun t => G k t * rd (x k) (src g p t)) +
                (sum ks (fun k => sum (taps g) (fun t => F k t * rd (x k) (src g p t))) -
                 sum ks (fun k => sum (taps g) (fun t => G k t * rd (x k) (src g p t)))));
    [ring|]. f_equal.
  generalize (taps g). induction l as [|t l IH]; simpl; [ring | rewrite <- IH; ring].
Qed.

(** A merged layer whose weights are within [r] of the exact products computes, before its
    activation, what the projected layer computes, up to the sum of [r] times the magnitudes read. *)
Theorem merge_rounding {C I O} (g : geom I O) (ks : list C) (F : C -> tap g -> K)
  (gate : C -> K) (merged r : C -> tap g -> K) (b : K) (x : C -> tensor I) p :
  (forall k t, le (mag (merged k t - gate k * F k t)) (r k t)) ->
  le (mag ((sum ks (fun k => conv g (merged k) (x k) p) + b) -
           (sum ks (fun k => gate k * conv g (F k) (x k) p) + b)))
     (sum ks (fun k => sum (taps g) (fun t => r k t * mag (rd (x k) (src g p t))))).
Proof.
  intros H.
  replace (sum ks (fun k => conv g (merged k) (x k) p) + b -
           (sum ks (fun k => gate k * conv g (F k) (x k) p) + b))
    with (gap g ks merged (fun k t => gate k * F k t) x p).
  - rewrite gap_linear. eapply le_trans; [apply mag_sum|]. apply le_sum. intros k _.
    eapply le_trans; [apply mag_sum|]. apply le_sum. intros t _.
    eapply le_trans; [apply mag_mul|].
    set (m := mag (rd (x k) (src g p t))).
    replace (mag (merged k t - gate k * F k t) * m) with (m * mag (merged k t - gate k * F k t)) by ring.
    replace (r k t * m) with (m * r k t) by ring.
    apply le_mul; [apply mag_nonneg | apply H].
  - unfold gap. rewrite (sum_ext ks (fun k => conv g (fun t => gate k * F k t) (x k) p)
      (fun k => gate k * conv g (F k) (x k) p)); [ring|].
    intros k _. symmetry. apply conv_scale.
Qed.
End Rounding.
