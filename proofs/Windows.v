(** * Windows that stand for one another

    The geometry behind three conversions of layers: a window in which only the tap of the output's
    own position acts, zero padding that a window takes over, and a kernel laid into a larger
    window. *)
From Coq Require Import List Arith Bool Ring Lia.
Import ListNotations.
From Heirloom Require Import Sum Node Grid.
Local Open Scope nat_scope.
Local Arguments Nat.leb : simpl never.

Fixpoint all_below (n i : nat) (f : nat -> bool) : bool :=
  match n with
  | O => true
  | S n' => if f i then all_below n' (S i) f else false
  end.

Lemma all_below_ok n i f : all_below n i f = true -> forall m, i <= m < i + n -> f m = true.
Proof.
  revert i. induction n as [|n IH]; intros i H m Hm; simpl in *; [lia|].
  destruct (f i) eqn:E; [|easy]. destruct (Nat.eq_dec i m) as [->|]; [assumption|].
  apply (IH (S i) H). lia.
Qed.

(** ** Centres, own taps and dead taps *)
Fixpoint is_centre (axes : list axis) (centre : position) : bool :=
  match axes, centre with
  | [], [] => true
  | a :: axes', c :: centre' =>
      (stride a =? 1) && (c <? kernel a) && (low a =? c * dilation a) && is_centre axes' centre'
  | _, _ => false
  end.

Lemma is_centre_ok axes c : is_centre axes c = true -> Forall2 centred axes c.
Proof.
  revert c. induction axes as [|a axes IH]; intros [|u c] H; simpl in *; try easy.
  rewrite !andb_true_iff, !Nat.eqb_eq, Nat.ltb_lt in H.
  destruct H as (((Hs & Hc) & Hl) & H). constructor; [easy | now apply IH].
Qed.

(** The tap reads each output's own position. *)
Fixpoint own (axes : list axis) (extents : list nat) (t : position) : bool :=
  match axes, extents, t with
  | [], [], [] => true
  | a :: axes', n :: extents', u :: t' =>
      all_below n 0 (fun o => o * stride a + u * dilation a =? o + low a) && own axes' extents' t'
  | _, _, _ => false
  end.

(** The tap reads nothing but padding. *)
Fixpoint dead (axes : list axis) (extents : list nat) (t : position) : bool :=
  match axes, extents, t with
  | a :: axes', n :: extents', u :: t' =>
      all_below n 0 (fun o =>
        let reached := o * stride a + u * dilation a in
        (reached <? low a) || (low a + n <=? reached)) || dead axes' extents' t'
  | _, _, _ => false
  end.

Lemma own_ok axes extents t p :
  own axes extents t = true -> inside extents p = true -> read axes p t = Some p.
Proof.
  revert extents t p.
  induction axes as [|a axes IH]; intros [|n extents] [|u t] [|o p] H Hp; simpl in *; try easy.
  apply andb_prop in H as [H Ht]. apply andb_prop in Hp as [Ho Hp]. apply Nat.ltb_lt in Ho.
  pose proof (all_below_ok _ _ _ H o ltac:(lia)) as E. apply Nat.eqb_eq in E.
  unfold read_axis. rewrite E, (IH extents t p Ht Hp).
  destruct (Nat.leb_spec (low a) (o + low a)); [|lia]. do 2 f_equal. lia.
Qed.

Lemma dead_ok axes extents t p r :
  dead axes extents t = true -> inside extents p = true -> read axes p t = Some r ->
  inside extents r = false.
Proof.
  revert extents t p r.
  induction axes as [|a axes IH]; intros [|n extents] [|u t] [|o p] r H Hp Hr; simpl in *;
    try easy.
  apply andb_prop in Hp as [Ho Hp]. apply Nat.ltb_lt in Ho.
  unfold read_axis in Hr. destruct (Nat.leb_spec (low a) (o * stride a + u * dilation a)); [|easy].
  destruct (read axes p t) as [rest|] eqn:E; [|easy]. injection Hr as <-. simpl.
  apply orb_prop in H as [H|H].
  - pose proof (all_below_ok _ _ _ H o ltac:(lia)) as D. simpl in D.
    rewrite orb_true_iff, Nat.ltb_lt, Nat.leb_le in D.
    destruct (Nat.ltb_spec (o * stride a + u * dilation a - low a) n); [lia|reflexivity].
  - rewrite (IH extents t p rest H Hp E). apply andb_false_r.
Qed.

(** ** Zero padding *)
Section Padding.
Context {K : cring}.

(** The positions before padding: [None] where there were none. *)
Fixpoint shift_back (before p : list nat) : option position :=
  match before, p with
  | [], [] => Some []
  | l :: before', i :: p' =>
      if l <=? i then option_map (cons (i - l)) (shift_back before' p') else None
  | _, _ => None
  end.

(** The value padded with zeros: [before] of them on each axis in front, and any number behind. *)
Definition zero_pad (extents before : list nat) (x : tensor (K:=K) position)
  : tensor (K:=K) position :=
  fun p => match shift_back before p with
           | Some q => if inside extents q then x q else 0%K
           | None => 0%K
           end.

Lemma zero_pad_ext extents before x y :
  (forall p, x p = y p) -> forall p, zero_pad extents before x p = zero_pad extents before y p.
Proof.
  intros H p. unfold zero_pad. destruct (shift_back before p); [|reflexivity].
  destruct (inside extents p0); auto.
Qed.

Fixpoint padded_extents (padded extents before after : list nat) : bool :=
  match padded, extents, before, after with
  | [], [], [], [] => true
  | m :: padded', n :: extents', l :: before', h :: after' =>
      (m =? n + l + h) && padded_extents padded' extents' before' after'
  | _, _, _, _ => false
  end.
Fixpoint padded_axes (padded axes : list axis) (before after : list nat) : bool :=
  match padded, axes, before, after with
  | [], [], [], [] => true
  | a' :: padded', a :: axes', l :: before', h :: after' =>
      (kernel a' =? kernel a) && (stride a' =? stride a) && (dilation a' =? dilation a) &&
      (low a' =? low a + l) && (high a' =? high a + h) && padded_axes padded' axes' before' after'
  | _, _, _, _ => false
  end.

Lemma padded_axes_taps axes' axes before after :
  padded_axes axes' axes before after = true -> taps_of axes' = taps_of axes.
Proof.
  unfold taps_of. revert axes before after.
  induction axes' as [|a' axes' IH]; intros [|a axes] [|l before] [|h after] H; simpl in *;
    try easy.
  rewrite !andb_true_iff, !Nat.eqb_eq in H. destruct H as (((((-> & _) & _) & _) & _) & H).
  now rewrite (IH axes before after H).
Qed.

Lemma read_padded axes' axes before after p t :
  padded_axes axes' axes before after = true ->
  read axes' p t =
  match read axes p t with Some r => shift_back before r | None => None end.
Proof.
  revert axes before after p t.
  induction axes' as [|a' axes' IH]; intros [|a axes] [|l before] [|h after] [|o p] [|u t] H;
    simpl in *; try easy.
  rewrite !andb_true_iff, !Nat.eqb_eq in H.
  destruct H as (((((_ & Hs) & Hd) & Hl) & _) & H).
  rewrite (IH axes before after p t H). unfold read_axis. rewrite Hs, Hd, Hl.
  destruct (read axes p t) as [rest|].
  - destruct (Nat.leb_spec (low a + l) (o * stride a + u * dilation a)),
             (Nat.leb_spec (low a) (o * stride a + u * dilation a)); try lia; simpl.
    + destruct (Nat.leb_spec l (o * stride a + u * dilation a - low a)); [|lia].
      destruct (shift_back before rest); simpl; [|reflexivity]. do 2 f_equal. lia.
    + destruct (Nat.leb_spec l (o * stride a + u * dilation a - low a)); [lia|reflexivity].
    + reflexivity.
  - now destruct (low a + l <=? _), (low a <=? _).
Qed.

Lemma shift_back_inside padded extents before after r q :
  padded_extents padded extents before after = true ->
  shift_back before r = Some q -> inside extents q = true -> inside padded r = true.
Proof.
  revert extents before after r q.
  induction padded as [|m padded IH]; intros [|n extents] [|l before] [|h after] [|i r] q H Hq Hi;
    simpl in *; try easy.
  apply andb_prop in H as [E H]. apply Nat.eqb_eq in E.
  destruct (Nat.leb_spec l i); [|easy].
  destruct (shift_back before r) as [rest|] eqn:R; simpl in Hq; [|easy]. injection Hq as <-.
  simpl in Hi. apply andb_prop in Hi as [Hi Hrest]. apply Nat.ltb_lt in Hi.
  rewrite (IH extents before after r rest H R Hrest), andb_true_r. apply Nat.ltb_lt. lia.
Qed.

(** A window over a padded value is a window over the value that pads by itself. What lies beyond
    the padded extents counts for nothing on either side. *)
Theorem T6_pad padded extents before after axes' axes (F : position -> K) x :
  padded_extents padded extents before after = true ->
  padded_axes axes' axes before after = true ->
  forall p, conv (window extents axes') F x p =
            conv (window padded axes) F (zero_pad extents before x) p.
Proof.
  intros He Ha p. unfold conv. simpl. rewrite (padded_axes_taps _ _ _ _ Ha).
  apply sum_ext. intros t _. f_equal. rewrite (read_padded _ _ _ _ p t Ha).
  destruct (read axes p t) as [r|]; [|reflexivity].
  unfold zero_pad. destruct (shift_back before r) as [q|] eqn:E.
  - destruct (inside extents q) eqn:I.
    + rewrite (shift_back_inside _ _ _ _ _ _ He E I). simpl. now rewrite E, I.
    + destruct (inside padded r); simpl; [|reflexivity]. now rewrite E, I.
  - destruct (inside padded r); simpl; [|reflexivity]. now rewrite E.
Qed.
End Padding.

(** ** Larger windows

    Tap [t] of the small window is tap [offset + t * factor] of the large one, axis by axis. *)
Fixpoint enlarged (large small : list axis) (offset factor : list nat) : bool :=
  match large, small, offset, factor with
  | [], [], [], [] => true
  | a' :: large', a :: small', o :: offset', f :: factor' =>
      (stride a' =? stride a) && (dilation a =? dilation a' * f) &&
      (low a' =? low a + o * dilation a') && (1 <=? f) && (1 <=? kernel a) &&
      (o + (kernel a - 1) * f <? kernel a') && enlarged large' small' offset' factor'
  | _, _, _, _ => false
  end.

Fixpoint tap_forth (offset factor : list nat) (t : position) : position :=
  match offset, factor, t with
  | o :: offset', f :: factor', u :: t' => o + u * f :: tap_forth offset' factor' t'
  | _, _, _ => []
  end.
Fixpoint tap_back (small : list axis) (offset factor : list nat) (u : position) : option position :=
  match small, offset, factor, u with
  | [], [], [], [] => Some []
  | a :: small', o :: offset', f :: factor', v :: u' =>
      let t := (v - o) / f in
      if (o <=? v) && (o + t * f =? v) && (t <? kernel a)
      then option_map (cons t) (tap_back small' offset' factor' u')
      else None
  | _, _, _, _ => None
  end.

Lemma tap_back_forth large small offset factor t :
  enlarged large small offset factor = true -> In t (taps_of small) ->
  tap_back small offset factor (tap_forth offset factor t) = Some t.
Proof.
  intros H Ht. apply box_inside in Ht. revert large offset factor t H Ht.
  induction small as [|a small IH];
    intros [|a' large] [|o offset] [|f factor] [|u t] H Ht; simpl in *; try easy.
  rewrite !andb_true_iff, !Nat.leb_le in H. apply andb_prop in Ht as [Hu Ht].
  destruct H as ((((((_ & _) & _) & Hf) & _) & _) & H).
  replace (o + u * f - o) with (u * f) by lia. rewrite Nat.div_mul by lia.
  destruct (Nat.leb_spec o (o + u * f)); [|lia]. rewrite Nat.eqb_refl, Hu. simpl.
  now rewrite (IH large offset factor t H Ht).
Qed.

Lemma tap_back_ok large small offset factor u t :
  enlarged large small offset factor = true -> tap_back small offset factor u = Some t ->
  In t (taps_of small) /\ tap_forth offset factor t = u.
Proof.
  intros H. unfold taps_of. rewrite box_inside. revert large offset factor u t H.
  induction small as [|a small IH];
    intros [|a' large] [|o offset] [|f factor] [|v u] t H Ht; simpl in *; try easy.
  - now injection Ht as <-.
  - apply andb_prop in H as [_ H].
    destruct ((o <=? v) && (o + (v - o) / f * f =? v) && ((v - o) / f <? kernel a)) eqn:E; [|easy].
    destruct (tap_back small offset factor u) as [rest|] eqn:R; [|easy].
    injection Ht as <-. rewrite !andb_true_iff, Nat.leb_le, Nat.eqb_eq in E.
    destruct E as ((Ho & E) & Hk). destruct (IH large offset factor u rest H R) as [I F].
    cbn [inside tap_forth map]. rewrite Hk, E, I, F. auto.
Qed.

Lemma tap_forth_in large small offset factor t :
  enlarged large small offset factor = true -> In t (taps_of small) ->
  In (tap_forth offset factor t) (taps_of large).
Proof.
  unfold taps_of. rewrite !box_inside. revert small offset factor t.
  induction large as [|a' large IH];
    intros [|a small] [|o offset] [|f factor] [|u t] H Ht; simpl in *; try easy.
  rewrite !andb_true_iff, !Nat.leb_le, !Nat.ltb_lt in H. apply andb_prop in Ht as [Hu Ht].
  apply Nat.ltb_lt in Hu.
  destruct H as ((((((_ & _) & _) & Hf) & Hk) & Hlast) & H).
  rewrite (IH small offset factor t H Ht), andb_true_r. apply Nat.ltb_lt.
  assert (u * f <= (kernel a - 1) * f) by (apply Nat.mul_le_mono_r; lia). lia.
Qed.

Lemma read_enlarged large small offset factor p t :
  enlarged large small offset factor = true -> length t = length small ->
  read large p (tap_forth offset factor t) = read small p t.
Proof.
  revert small offset factor p t.
  induction large as [|a' large IH];
    intros [|a small] [|o offset] [|f factor] [|i p] [|u t] H E; simpl in *; try easy.
  injection E as E. rewrite !andb_true_iff, !Nat.eqb_eq in H.
  destruct H as ((((((Hs & Hd) & Hl) & _) & _) & _) & H).
  rewrite (IH small offset factor p t H E). unfold read_axis. rewrite Hs, Hd, Hl.
  replace (i * stride a + (o + u * f) * dilation a')
    with (i * stride a + u * (dilation a' * f) + o * dilation a') by lia.
  destruct (Nat.leb_spec (low a + o * dilation a')
              (i * stride a + u * (dilation a' * f) + o * dilation a')),
           (Nat.leb_spec (low a) (i * stride a + u * (dilation a' * f))); try lia; [|reflexivity].
  replace (i * stride a + u * (dilation a' * f) + o * dilation a' - (low a + o * dilation a'))
    with (i * stride a + u * (dilation a' * f) - low a) by lia.
  reflexivity.
Qed.

(** [T6_push] on windows: the kernel laid into the larger window, zero elsewhere. *)
Lemma push_window {K : cring} extents large small offset factor (F G : position -> K) x :
  enlarged large small offset factor = true ->
  (forall u, In u (taps_of large) ->
     G u = match tap_back small offset factor u with Some t => F t | None => 0%K end) ->
  forall p, conv (window extents large) G x p = conv (window extents small) F x p.
Proof.
  intros H HG p.
  rewrite <- (T6_push (window extents small) (window extents large) position_dec
                (tap_forth offset factor) F x).
  - apply conv_ext; [|easy]. intros u Hu. rewrite (HG u Hu). unfold push. simpl.
    destruct (tap_back small offset factor u) as [t|] eqn:B.
    + destruct (tap_back_ok _ _ _ _ _ _ H B) as [Ht Ft].
      rewrite <- (sum_delta position_dec (taps_of small) t F (box_NoDup _) Ht).
      apply sum_ext. intros s Hs. destruct (position_dec s t) as [->|Hne].
      * rewrite Ft. now destruct (position_dec u u).
      * destruct (position_dec u (tap_forth offset factor s)) as [E|]; [|reflexivity].
        pose proof (tap_back_forth _ _ _ _ _ H Hs) as B'. rewrite <- E, B in B'. congruence.
    + symmetry. apply sum_zero. intros s Hs.
      destruct (position_dec u (tap_forth offset factor s)) as [E|]; [|reflexivity].
      pose proof (tap_back_forth _ _ _ _ _ H Hs) as B'. rewrite <- E, B in B'. easy.
  - apply box_NoDup.
  - intros t Ht. exact (tap_forth_in _ _ _ _ _ H Ht).
  - intros q t Ht. simpl. rewrite (read_enlarged large small); [reflexivity|assumption|].
    apply box_inside, inside_length in Ht. now rewrite map_length in Ht.
Qed.
