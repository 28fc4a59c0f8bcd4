(** * What the conversions mean

    For each conversion, that a layer with the weights it should have means what the source's layer
    means: the theorems on nodes and windows, said of layers as data. *)
From Coq Require Import List Arith Bool Ring Lia.
Import ListNotations.
From Heirloom Require Import Sum Node Grid Windows Graph Layer Verdict Rules.
Local Open Scope K_scope.

Section Sound.
Context {K : cring}.
Add Ring K_ring_sound : (cring_law K).
Notation value := (value (K:=K)).
Variable opaque : nat -> list value -> value.
Notation sem := (sem opaque).

(** ** Sums over a segment of the channels *)
Lemma sum_shift (a n : nat) (h : nat -> K) :
  sum (seq a n) h = sum (seq 0 n) (fun k => h (a + k)%nat).
Proof.
  revert a h. induction n as [|n IH]; intros a h; [reflexivity|]. simpl seq. simpl sum.
  rewrite (IH (S a)), (IH 1%nat). rewrite Nat.add_0_r. f_equal.
  apply sum_ext. intros k _. f_equal. lia.
Qed.

Lemma sum_segment (N first n : nat) (h : nat -> nat -> K) :
  (first + n <= N)%nat ->
  sum (seq 0 N) (fun i => if ((first <=? i) && (i <? first + n))%nat then h (i - first)%nat i else 0) =
  sum (seq 0 n) (fun k => h k (first + k)%nat).
Proof.
  intros H. replace N with (first + (n + (N - first - n)))%nat by lia.
  rewrite seq_app, sum_app, seq_app, sum_app. simpl (0 + first)%nat.
  rewrite (sum_zero (seq 0 first)), (sum_zero (seq (first + n) _)), (sum_shift first).
  - rewrite (sum_ext (seq 0 n) _ (fun k => h k (first + k)%nat)); [ring|].
    intros k Hk. apply in_seq in Hk.
    destruct (Nat.leb_spec first (first + k)), (Nat.ltb_spec (first + k) (first + n)); try lia.
    simpl. f_equal; lia.
  - intros i Hi. apply in_seq in Hi.
    destruct (Nat.ltb_spec i (first + n)); [lia|]. now rewrite andb_false_r.
  - intros i Hi. apply in_seq in Hi. destruct (Nat.leb_spec first i); [lia|reflexivity].
Qed.

(** ** What the layers compute, spelt out *)
Definition reads (f : frame) (xs : list value) (j k : nat) : tensor (K:=K) position :=
  channel (first_of xs) (first_input f j + k).
Definition over (f : frame) := window (input_extents f) (axes f).

Lemma conv_value f F b xs p j : sem (Conv f F b) xs p j =
  if (j <? outputs f)%nat
  then sum (seq 0 (inputs f)) (fun k => conv (over f) (fun t => F t k j) (reads f xs j k) p) + b j
  else 0.
Proof. reflexivity. Qed.
Lemma proj_value f F g b xs p j : sem (Proj f F g b) xs p j =
  if (j <? outputs f)%nat
  then sum (seq 0 (inputs f)) (fun k =>
         g k j * conv (over f) (fun t => F t k j) (reads f xs j k) p) + b j
  else 0.
Proof. reflexivity. Qed.
Lemma dense_value n m w b xs p j : sem (Dense n m w b) xs p j =
  if (j <? m)%nat then sum (seq 0 n) (fun k => w k j * first_of xs p k) + b j else 0.
Proof. reflexivity. Qed.

Lemma same_numbers_refl a : same_numbers a a = true.
Proof. induction a; simpl; [reflexivity|]. now rewrite Nat.eqb_refl. Qed.
Lemma same_numbers_dec (t c : position) (D : {t = c} + {t <> c}) :
  same_numbers t c = if D then true else false.
Proof.
  destruct D as [->|N]; [apply same_numbers_refl|].
  destruct (same_numbers t c) eqn:E; [|reflexivity]. now apply same_numbers_ok in E.
Qed.

(** ** Each conversion with the weights it should have *)
Lemma unit_means f F b xs p j : sem (Proj f F ones b) xs p j = sem (Conv f F b) xs p j.
Proof.
  rewrite proj_value, conv_value. destruct (j <? outputs f)%nat; [|reflexivity].
  f_equal. apply sum_ext. intros. unfold ones. ring.
Qed.

Lemma merge_means f F g b xs p j :
  sem (Conv f (gated g F) b) xs p j = sem (Proj f F g b) xs p j.
Proof.
  rewrite proj_value, conv_value. destruct (j <? outputs f)%nat; [|reflexivity].
  f_equal. apply sum_ext. intros k _. symmetry.
  exact (conv_scale (over f) (g k j) (fun t => F t k j) (reads f xs j k) p).
Qed.

Lemma embed_means f c w b xs p j extents :
  input_extents f = extents -> length (axes f) = length extents ->
  is_centre (axes f) c = true -> starts_at_zero f = true -> inside extents p = true ->
  sem (Conv f (at_tap c w) b) xs p j = sem (Dense (inputs f) (outputs f) w b) xs p j.
Proof.
  intros He El Hc Hz Hp. rewrite conv_value, dense_value.
  destruct (Nat.ltb_spec j (outputs f)) as [Hj|]; [|reflexivity].
  pose proof (all_below_ok _ _ _ Hz j ltac:(lia)) as Z. apply Nat.eqb_eq in Z.
  apply is_centre_ok in Hc. apply (f_equal (fun s => s + b j)). apply sum_ext. intros k _.
  transitivity (conv (over f) (delta (g:=over f) position_dec c (w k j)) (reads f xs j k) p).
  - apply conv_ext; [|easy]. intros t _. unfold at_tap, delta.
    rewrite (same_numbers_dec t c (position_dec t c)). now destruct (position_dec t c).
  - rewrite conv_delta; [| apply box_NoDup | now apply centre_is_tap].
    simpl. rewrite (read_centre (axes f) c p Hc).
    + rewrite He, Hp. simpl. unfold reads, channel. now rewrite Z.
    + apply inside_length in Hp. congruence.
Qed.

(** A convolution each of whose taps is the centre, or dead, or zero. *)
Lemma collapse_conv f c (F : position -> K) x extents p :
  input_extents f = extents -> inside extents p = true ->
  match c with Some c => inside (map kernel (axes f)) c && own (axes f) extents c | None => true end
    = true ->
  (forall t, In t (taps_of (axes f)) -> is_tap t c = false -> dead (axes f) extents t = false ->
     F t = 0) ->
  conv (over f) F x p = match c with Some c => F c * x p | None => 0 end.
Proof.
  intros He Hp Hc HF.
  assert (Z : forall t, In t (taps_of (axes f)) -> is_tap t c = false ->
    F t * rd x (src (over f) p t) = 0).
  { intros t Ht Hn. destruct (dead (axes f) extents t) eqn:D.
    - unfold over. simpl. destruct (read (axes f) p t) as [r|] eqn:R; [|simpl; ring].
      rewrite He, (dead_ok _ _ _ _ _ D Hp R). simpl. ring.
    - rewrite HF by assumption. ring. }
  unfold conv. destruct c as [c|].
  - apply andb_prop in Hc as [Hin Hown]. apply box_inside in Hin.
    transitivity (sum (taps_of (axes f)) (fun t =>
      if position_dec t c then F t * x p else 0)).
    + apply sum_ext. intros t Ht. destruct (position_dec t c) as [->|N].
      * unfold over. simpl. rewrite (own_ok _ _ _ _ Hown Hp), He, Hp. reflexivity.
      * apply Z; [assumption|]. simpl. rewrite (same_numbers_dec t c (position_dec t c)).
        now destruct (position_dec t c).
    + exact (sum_delta position_dec (taps_of (axes f)) c (fun t => F t * x p) (box_NoDup _) Hin).
  - apply sum_zero. intros t Ht. now apply Z.
Qed.

Lemma collapse_means f n c F b xs p j extents :
  input_extents f = extents -> inside extents p = true -> reads_below f n = true ->
  match c with Some c => inside (map kernel (axes f)) c && own (axes f) extents c | None => true end
    = true ->
  (forall t k j, In t (taps_of (axes f)) -> is_tap t c = false ->
     dead (axes f) extents t = false ->
     (k < inputs f)%nat -> (j < outputs f)%nat -> F t k j = 0) ->
  sem (Dense n (outputs f) (at_centre f c F) b) xs p j = sem (Conv f F b) xs p j.
Proof.
  intros He Hp Hn Hc HF. rewrite conv_value, dense_value.
  destruct (Nat.ltb_spec j (outputs f)) as [Hj|]; [|reflexivity].
  pose proof (all_below_ok _ _ _ Hn j ltac:(lia)) as Hb. apply Nat.leb_le in Hb.
  apply (f_equal (fun s => s + b j)).
  transitivity (sum (seq 0 (inputs f)) (fun k =>
    match c with Some c => F c k j * reads f xs j k p | None => 0 end)).
  - unfold at_centre. destruct c as [c|].
    + etransitivity; [|exact (sum_segment n (first_input f j) (inputs f)
        (fun k i => F c k j * first_of xs p i) Hb)].
      apply sum_ext. intros i _. unfold spread_pairs, in_group.
      destruct ((first_input f j <=? i) && (i <? first_input f j + inputs f))%nat; ring.
    + rewrite !sum_zero; try easy. intros. unfold none_at. ring.
  - apply sum_ext. intros k Hk. apply in_seq in Hk. symmetry.
    rewrite (collapse_conv f c (fun t => F t k j) _ extents p He Hp Hc); [reflexivity|].
    intros t Ht Hn1 Hd. apply HF; try assumption. lia.
Qed.

Lemma spread_conv f f' F j xs p n :
  axes f' = axes f -> input_extents f' = input_extents f ->
  first_input f' j = 0%nat ->
  conv (over f') (fun t => spread f F t n j) (reads f' xs j n) p =
  if in_group f j n
  then conv (over f) (fun t => F t (n - first_input f j)%nat j)
         (reads f xs j (n - first_input f j)) p
  else 0.
Proof.
  intros Ha He Z. unfold over. rewrite Ha, He. unfold spread, spread_pairs, in_group.
  destruct (Nat.leb_spec (first_input f j) n); simpl andb.
  - destruct (n <? first_input f j + inputs f)%nat.
    + apply conv_ext; [easy|]. intros q. unfold reads, channel. rewrite Z. f_equal. lia.
    + apply sum_zero. intros. ring.
  - apply sum_zero. intros. ring.
Qed.

Lemma ungroup_means f f' F b xs p j :
  axes f' = axes f -> input_extents f' = input_extents f -> outputs f' = outputs f ->
  starts_at_zero f' = true -> reads_below f (inputs f') = true ->
  sem (Conv f' (spread f F) b) xs p j = sem (Conv f F b) xs p j.
Proof.
  intros Ha He Ho Hz Hn. rewrite !conv_value, Ho.
  destruct (Nat.ltb_spec j (outputs f)) as [Hj|]; [|reflexivity].
  pose proof (all_below_ok _ _ _ Hn j ltac:(lia)) as Hb. apply Nat.leb_le in Hb.
  unfold starts_at_zero in Hz. rewrite Ho in Hz.
  pose proof (all_below_ok _ _ _ Hz j ltac:(lia)) as Z. apply Nat.eqb_eq in Z.
  apply (f_equal (fun s => s + b j)).
  etransitivity; [|exact (sum_segment (inputs f') (first_input f j) (inputs f) (fun k _ =>
    conv (over f) (fun t => F t k j) (reads f xs j k) p) Hb)].
  apply sum_ext. intros n _. exact (spread_conv f f' F j xs p n Ha He Z).
Qed.

Lemma ungroup_gated_means f f' F g g' b xs p j :
  axes f' = axes f -> input_extents f' = input_extents f -> outputs f' = outputs f ->
  starts_at_zero f' = true -> reads_below f (inputs f') = true ->
  agree_pairs eq (inputs f) (outputs f) (fun k j => g' (first_input f j + k)%nat j) g ->
  sem (Proj f' (spread f F) g' b) xs p j = sem (Proj f F g b) xs p j.
Proof.
  intros Ha He Ho Hz Hn Hg. rewrite !proj_value, Ho.
  destruct (Nat.ltb_spec j (outputs f)) as [Hj|]; [|reflexivity].
  pose proof (all_below_ok _ _ _ Hn j ltac:(lia)) as Hb. apply Nat.leb_le in Hb.
  unfold starts_at_zero in Hz. rewrite Ho in Hz.
  pose proof (all_below_ok _ _ _ Hz j ltac:(lia)) as Z. apply Nat.eqb_eq in Z.
  apply (f_equal (fun s => s + b j)).
  etransitivity; [|exact (sum_segment (inputs f') (first_input f j) (inputs f) (fun k _ =>
    g k j * conv (over f) (fun t => F t k j) (reads f xs j k) p) Hb)].
  apply sum_ext. intros n _. rewrite (spread_conv f f' F j xs p n Ha He Z). unfold in_group.
  destruct (Nat.leb_spec (first_input f j) n); cbn [andb]; cbv iota; [|ring].
  destruct (Nat.ltb_spec n (first_input f j + inputs f)); cbv iota; [|ring].
  rewrite <- (Hg (n - first_input f j)%nat j) by lia.
  now replace (first_input f j + (n - first_input f j))%nat with n by lia.
Qed.

Lemma first_input_same f f' j : same_channels f' f = true -> first_input f' j = first_input f j.
Proof.
  intros H. apply same_channels_ok in H as (Hg & Hi & Ho). unfold first_input. congruence.
Qed.

Lemma laid_conv f f' o fa (F : kernel_weights (K:=K)) k j x p :
  enlarged (axes f') (axes f) o fa = true -> input_extents f' = input_extents f ->
  conv (over f') (fun t => laid f o fa F t k j) x p = conv (over f) (fun t => F t k j) x p.
Proof.
  intros H He. unfold over. rewrite He.
  apply (push_window (input_extents f) (axes f') (axes f) o fa (fun t => F t k j)); [assumption|].
  intros u _. unfold laid, none_at. now destruct (tap_back (axes f) o fa u).
Qed.

Lemma enlarge_means f f' o fa F b xs p j :
  enlarged (axes f') (axes f) o fa = true -> input_extents f' = input_extents f ->
  same_channels f' f = true ->
  sem (Conv f' (laid f o fa F) b) xs p j = sem (Conv f F b) xs p j.
Proof.
  intros H He Hc. rewrite !conv_value.
  destruct (same_channels_ok _ _ Hc) as (_ & Hi & Ho). rewrite Hi, Ho.
  destruct (j <? outputs f)%nat; [|reflexivity]. apply (f_equal (fun s => s + b j)).
  apply sum_ext. intros k _. rewrite (laid_conv f f' o fa F k j) by assumption.
  unfold reads. now rewrite (first_input_same f f' j Hc).
Qed.

Lemma enlarge_gated_means f f' o fa F g b xs p j :
  enlarged (axes f') (axes f) o fa = true -> input_extents f' = input_extents f ->
  same_channels f' f = true ->
  sem (Proj f' (laid f o fa F) g b) xs p j = sem (Proj f F g b) xs p j.
Proof.
  intros H He Hc. rewrite !proj_value.
  destruct (same_channels_ok _ _ Hc) as (_ & Hi & Ho). rewrite Hi, Ho.
  destruct (j <? outputs f)%nat; [|reflexivity]. apply (f_equal (fun s => s + b j)).
  apply sum_ext. intros k _. apply (f_equal (mul (g k j))).
  rewrite (laid_conv f f' o fa F k j) by assumption.
  unfold reads. now rewrite (first_input_same f f' j Hc).
Qed.

(** A map per channel, [s y + t]. *)
Lemma map_means mp m s xs p j : map_scale mp = Some (m, s) ->
  sem mp xs p j = if (j <? m)%nat then s j * first_of xs p j + map_shift mp j else 0.
Proof.
  destruct mp; simpl; try easy; intros [= <- <-]; unfold below;
    destruct (j <? channels)%nat; try reflexivity. ring.
Qed.

Lemma fold_conv_means f F b s t xs p j :
  sem (Conv f (scaled s F) (shifted s t b)) xs p j =
  if (j <? outputs f)%nat then s j * sem (Conv f F b) xs p j + t j else 0.
Proof.
  rewrite !conv_value. destruct (j <? outputs f)%nat; [|reflexivity].
  unfold shifted, scaled, scaled_pairs.
  rewrite (sum_ext _ _ (fun k =>
    s j * conv (over f) (fun t => F t k j) (reads f xs j k) p)).
  - rewrite <- sum_scale. ring.
  - intros k _. symmetry. exact (conv_scale (over f) (s j) (fun t => F t k j) _ p).
Qed.

Lemma fold_proj_means f F g b s t xs p j :
  sem (Proj f (scaled s F) g (shifted s t b)) xs p j =
  if (j <? outputs f)%nat then s j * sem (Proj f F g b) xs p j + t j else 0.
Proof.
  rewrite !proj_value. destruct (j <? outputs f)%nat; [|reflexivity].
  unfold shifted, scaled, scaled_pairs.
  rewrite (sum_ext _ _ (fun k =>
    s j * (g k j * conv (over f) (fun t => F t k j) (reads f xs j k) p))).
  - rewrite <- sum_scale. ring.
  - intros k _. rewrite <- (conv_scale (over f) (s j) (fun t => F t k j) _ p). ring.
Qed.

Lemma fold_dense_means n m w b s t xs p j :
  sem (Dense n m (scaled_pairs s w) (shifted s t b)) xs p j =
  if (j <? m)%nat then s j * sem (Dense n m w b) xs p j + t j else 0.
Proof.
  rewrite !dense_value. destruct (j <? m)%nat; [|reflexivity].
  unfold shifted, scaled_pairs.
  rewrite (sum_ext _ _ (fun k => s j * (w k j * first_of xs p k))) by (intros; ring).
  rewrite <- sum_scale. ring.
Qed.

Lemma padded_conv f f' between e l h (F : position -> K) x p :
  padded_axes (axes f') (axes f) l h = true -> input_extents f' = e ->
  input_extents f = between -> padded_extents between e l h = true ->
  forall y, (forall q, y q = if inside between q then zero_pad e l x q else 0) ->
  conv (over f') F x p = conv (over f) F y p.
Proof.
  intros Ha <- <- He y Hy. unfold over.
  rewrite (T6_pad (input_extents f) (input_extents f') l h (axes f') (axes f) F x He Ha p).
  apply sum_ext. intros t _. f_equal. simpl.
  destruct (read (axes f) p t) as [r|]; [|reflexivity].
  destruct (inside (input_extents f) r) eqn:I; [|reflexivity]. simpl. now rewrite (Hy r), I.
Qed.

Lemma pad_means f f' F b e between l h xs p j :
  padded_axes (axes f') (axes f) l h = true -> input_extents f' = e ->
  input_extents f = between -> padded_extents between e l h = true ->
  same_channels f' f = true ->
  sem (Conv f' F b) xs p j =
  sem (Conv f F b) [masked between (sem (ZeroPad e l h) xs)] p j.
Proof.
  intros Ha He Hb Hp Hc. rewrite !conv_value.
  destruct (same_channels_ok _ _ Hc) as (_ & Hi & Ho). rewrite Hi, Ho.
  destruct (j <? outputs f)%nat; [|reflexivity]. apply (f_equal (fun s => s + b j)).
  apply sum_ext. intros k _. eapply padded_conv; eauto.
  intros q. unfold reads. rewrite (first_input_same f f' j Hc). reflexivity.
Qed.

Lemma pad_gated_means f f' F g b e between l h xs p j :
  padded_axes (axes f') (axes f) l h = true -> input_extents f' = e ->
  input_extents f = between -> padded_extents between e l h = true ->
  same_channels f' f = true ->
  sem (Proj f' F g b) xs p j =
  sem (Proj f F g b) [masked between (sem (ZeroPad e l h) xs)] p j.
Proof.
  intros Ha He Hb Hp Hc. rewrite !proj_value.
  destruct (same_channels_ok _ _ Hc) as (_ & Hi & Ho). rewrite Hi, Ho.
  destruct (j <? outputs f)%nat; [|reflexivity]. apply (f_equal (fun s => s + b j)).
  apply sum_ext. intros k _. apply (f_equal (mul (g k j))). eapply padded_conv; eauto.
  intros q. unfold reads. rewrite (first_input_same f f' j Hc). reflexivity.
Qed.
End Sound.
