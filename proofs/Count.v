(** Counting what a layer learns, by listing it.

    A connection is a pair (j, k): node j sees input k. A convolution learns, for each connection, a
    weight per tap; a projected layer learns a gate. So there are as many kernel weights as gates times
    taps, whatever the groups: groups decide which connections there are. The lists below hold each
    parameter once ([parameters_enumerated]); the counts are their lengths. Biases are the same on both
    sides and are left out. *)
From Coq Require Import List Arith Lia FinFun.
Import ListNotations.
From Heirloom Require Import Sum Node Inheritance.
Local Close Scope K_scope.

Section Lists.
Context {J C T : Type}.

Definition connections (see : J -> list C) (js : list J) : list (J * C) :=
  flat_map (fun j => map (pair j) (see j)) js.
Definition weights (ts : list T) (see : J -> list C) (js : list J) : list (J * C * T) :=
  flat_map (fun jk => map (pair jk) ts) (connections see js).

Lemma length_pairs {A B} (f : A -> list B) (l : list A) n :
  (forall x, In x l -> length (f x) = n) -> length (flat_map f l) = n * length l.
Proof.
  induction l as [|x l IH]; simpl; intros H; [lia|]. rewrite app_length, IH, (H x); auto. lia.
Qed.

Lemma length_weights ts see js : length (weights ts see js) = length ts * length (connections see js).
Proof. apply length_pairs. intros. apply map_length. Qed.

Lemma nodup_app {A} (l m : list A) :
  NoDup l -> NoDup m -> (forall x, In x l -> ~ In x m) -> NoDup (l ++ m).
Proof.
  induction 1 as [|x l Hx ND IH]; simpl; intros Hm H; [exact Hm|]. constructor.
  - rewrite in_app_iff. intros [Hi|Hi]; [contradiction | exact (H x (or_introl eq_refl) Hi)].
  - apply IH; [exact Hm | intros y Hy; apply H; now right].
Qed.

Lemma nodup_pairs {A B} (f : A -> list B) (l : list A) :
  NoDup l -> (forall x, In x l -> NoDup (f x)) -> NoDup (flat_map (fun x => map (pair x) (f x)) l).
Proof.
  induction 1 as [|x l Hx ND IH]; simpl; intros H; [constructor|]. apply nodup_app.
  - apply Injective_map_NoDup; [intros u v E; now inversion E | apply H; now left].
  - apply IH. intros y Hy. apply H. now right.
  - intros u Hu Hl. apply in_map_iff in Hu. destruct Hu as (b & <- & _). apply in_flat_map in Hl.
    destruct Hl as (y & Hy & Hb). apply in_map_iff in Hb. destruct Hb as (c & E & _). inversion E. now subst.
Qed.

Lemma in_connections see js j k : In (j, k) (connections see js) <-> In j js /\ In k (see j).
Proof.
  unfold connections. rewrite in_flat_map. split.
  - intros (i & Hi & H). apply in_map_iff in H. destruct H as (m & E & Hm). now inversion E; subst.
  - intros (Hj & Hk). exists j. split; [exact Hj | now apply in_map].
Qed.

Lemma length_filter {A} (f : A -> bool) (l : list A) :
  length (filter f l) + length (filter (fun x => negb (f x)) l) = length l.
Proof. induction l as [|x l IH]; simpl; [reflexivity|]. destruct (f x); simpl; lia. Qed.
End Lists.

Section Count.
Context {K : cring}.

(** The parameters of a layer, for the listed nodes. *)
Definition parameters {J C I O} (L : @layer K J C I O) (js : list J) : list (J * C * slot L) :=
  weights (slots L) (seen L) js.

(** The list is of the layer's parameters, of all of them, and of each once. *)
Theorem parameters_enumerated {J C I O} (L : @layer K J C I O) js :
  (forall j k t, In (j, k, t) (parameters L js) <-> In j js /\ In k (seen L j) /\ In t (slots L)) /\
  (NoDup js -> (forall j, In j js -> NoDup (seen L j)) -> NoDup (slots L) -> NoDup (parameters L js)).
Proof.
  split.
  - intros j k t. unfold parameters, weights. rewrite in_flat_map. split.
    + intros ((i & m) & Hi & H). apply in_map_iff in H. destruct H as (s & E & Hs). inversion E; subst.
      apply in_connections in Hi. tauto.
    + intros (Hj & Hk & Ht). exists (j, k). split; [now apply in_connections | now apply in_map].
  - intros Hj Hk Ht. unfold parameters, weights. apply nodup_pairs; [|auto]. now apply nodup_pairs.
Qed.

(** Kernel weights are gates times taps, whatever each node sees. *)
Theorem gate_count {J C I O} (g : geom I O) (see : J -> list C) F js :
  length (parameters (gcnn_layer g see) js) =
  length (taps g) * length (parameters (proj_layer g see F) js).
Proof. unfold parameters. rewrite !length_weights. simpl. lia. Qed.

(** Gates are as many as kernel weights exactly where there is one tap (or nothing to learn). *)
Theorem one_tap_count {J C I O} (g : geom I O) (see : J -> list C) F js :
  length (parameters (proj_layer g see F) js) = length (parameters (gcnn_layer g see) js) <->
  length (taps g) = 1 \/ parameters (proj_layer g see F) js = [].
Proof.
  rewrite (gate_count g see F js). rewrite <- length_zero_iff_nil.
  destruct (length (parameters (proj_layer g see F) js)) as [|n]; [lia|]. split; [|intros [->|]; lia].
  intros H. left. destruct (length (taps g)) as [|[|m]]; simpl in H; nia.
Qed.

(** A pruned gate is, after merging, a whole kernel less. *)
Theorem pruned_count {J C I O} (g : geom I O) (see : J -> list C) (keep : J -> C -> bool) js :
  length (parameters (gcnn_layer g (fun j => filter (keep j) (see j))) js) +
  length (taps g) * length (connections (fun j => filter (fun k => negb (keep j k)) (see j)) js) =
  length (parameters (gcnn_layer g see) js).
Proof.
  unfold parameters. rewrite !length_weights. simpl. rewrite <- Nat.mul_add_distr_l. f_equal.
  unfold connections. induction js as [|j js IH]; simpl; [reflexivity|].
  rewrite !app_length, !map_length. pose proof (length_filter (keep j) (see j)). lia.
Qed.

(** ** Groups: node j of [groups * outs] sees the [ins] inputs of group j / outs *)
Definition group_sees (ins outs : nat) (j : nat) : list nat :=
  map (fun k => (j / outs) * ins + k) (seq 0 ins).

Lemma length_connections {J C} (see : J -> list C) js n :
  (forall j, In j js -> length (see j) = n) -> length (connections see js) = n * length js.
Proof. intros H. apply length_pairs. intros j Hj. rewrite map_length. now apply H. Qed.

(** The inputs that a node sees are distinct inputs of the layer. *)
Lemma group_sees_inputs groups ins outs j : j < groups * outs ->
  NoDup (group_sees ins outs j) /\ forall k, In k (group_sees ins outs j) -> k < groups * ins.
Proof.
  intros Hj. split.
  - apply Injective_map_NoDup; [intros u v; lia | apply seq_NoDup].
  - intros k Hk. apply in_map_iff in Hk. destruct Hk as (i & <- & Hi). apply in_seq in Hi.
    assert (j / outs < groups) by (apply Nat.div_lt_upper_bound; lia). nia.
Qed.

(** Of the inputs * outputs pairs of a layer, one in [groups] has a gate. *)
Theorem grouped_count {I O} (g : geom I O) F groups ins outs :
  let js := seq 0 (groups * outs) in
  groups * length (parameters (proj_layer g (group_sees ins outs) F) js) = (groups * ins) * (groups * outs).
Proof.
  intros js. unfold parameters. rewrite length_weights. simpl.
  rewrite (length_connections _ js ins); unfold js.
  - rewrite seq_length. lia.
  - intros. unfold group_sees. now rewrite map_length, seq_length.
Qed.

(** Depthwise, one input per group: as many gates as nodes. *)
Theorem depthwise_count {I O} (g : geom I O) F groups outs :
  length (parameters (proj_layer g (group_sees 1 outs) F) (seq 0 (groups * outs))) = groups * outs.
Proof.
  unfold parameters. rewrite length_weights. simpl.
  rewrite (length_connections _ _ 1); [rewrite seq_length; lia | reflexivity].
Qed.

(** ** Networks: a list of convolutions, the parameters of each marked with its place *)
Record convolution := Convolution {
  from : Type; to : Type; window : geom from to; reads_of : nat -> list nat; outputs : list nat;
  kernels : nat -> nat -> tap window -> K }.
Definition unprojected (c : convolution) : list (nat * nat * tap (window c)) :=
  parameters (gcnn_layer (window c) (reads_of c)) (outputs c).
Definition projected (c : convolution) : list (nat * nat * unit) :=
  parameters (proj_layer (window c) (reads_of c) (kernels c)) (outputs c).
Definition network_gates (net : list convolution) : list (nat * (nat * nat * unit)) :=
  flat_map (fun ic => map (pair (fst ic)) (projected (snd ic))) (combine (seq 0 (length net)) net).

Lemma length_marked net i :
  length (flat_map (fun ic => map (pair (fst ic)) (projected (snd ic))) (combine (seq i (length net)) net)) =
  list_sum (map (fun c => length (projected c)) net).
Proof.
  revert i. induction net as [|c net IH]; intros i; simpl; [reflexivity|].
  rewrite app_length, map_length, IH. reflexivity.
Qed.

Lemma network_gates_distinct net : (forall c, In c net -> NoDup (projected c)) -> NoDup (network_gates net).
Proof.
  unfold network_gates. generalize 0 as i. induction net as [|c net IH]; intros i H; simpl; [constructor|].
  apply nodup_app.
  - apply Injective_map_NoDup; [intros u v E; now inversion E | apply H; now left].
  - apply IH. intros d Hd. apply H. now right.
  - intros u Hu Hl. apply in_map_iff in Hu. destruct Hu as (x & <- & _). apply in_flat_map in Hl.
    destruct Hl as ((m & d) & Hm & Hx). apply in_map_iff in Hx. destruct Hx as (y & E & _).
    apply in_combine_l, in_seq in Hm. inversion E. simpl in *. lia.
Qed.

(** The gates of a network, each listed once, are the sum over its layers; what projection saves is, in each layer, the
    gates times the taps beyond the first. *)
Theorem network_count (net : list convolution) :
  (forall c, In c net -> taps (window c) <> []) ->
  length (network_gates net) = list_sum (map (fun c => length (projected c)) net) /\
  ((forall c, In c net -> NoDup (projected c)) -> NoDup (network_gates net)) /\
  list_sum (map (fun c => length (unprojected c)) net) = length (network_gates net) +
    list_sum (map (fun c => (length (taps (window c)) - 1) * length (projected c)) net).
Proof.
  intros H. split; [apply length_marked|]. split; [apply network_gates_distinct|].
  unfold network_gates. rewrite length_marked.
  induction net as [|c net IH]; simpl; [reflexivity|]. rewrite IH by (intros; apply H; now right).
  unfold unprojected, projected. rewrite (gate_count (window c) (reads_of c) (kernels c)).
  pose proof (H c (or_introl eq_refl)) as Hc. destruct (taps (window c)); [congruence|]. simpl. lia.
Qed.
End Count.
