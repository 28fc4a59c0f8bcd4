(** * Networks of the model classes

    Layers of nodes over arbitrary channels [C] and positions [P], composed as a DAG. What is shown
    of nodes in [Node.v] lifts to networks of any shape: projection, merging and embedding are
    sound node by node ([rewrite_sound]), and no network of GFFN nodes, however deep, computes a
    convolution that couples two positions ([network_strict]). *)
From Coq Require Import List Arith Ring Lia.
Import ListNotations.
From Heirloom Require Import Sum Node Grid Graph.

Section Network.
Context {K : cring} {C P : Type}.
Add Ring K_ring_network : (cring_law K).

Definition value := C -> tensor (K:=K) P.
Definition vzero : value := fun _ _ => 0.
Definition veq (x y : value) : Prop := forall c p, x c p = y c p.

Record clayer := CLayer {                       (* a GCNN layer *)
  cg : geom P P; cins : C -> list C;            (* the inputs of output channel j *)
  cF : C -> C -> tap cg -> K; cb : C -> K }.
Record dlayer := DLayer {                       (* a GFFN layer: scalar weights *)
  dins : C -> list C; dw : C -> C -> K; db : C -> K }.

Definition idact {Q} : activation (K:=K) Q Q := Act Q Q (fun x => x) (fun _ _ H => H).

Inductive op : Type :=
| Dense (L : dlayer)
| Conv (L : clayer)
| Proj (L : clayer) (gate : C -> C -> K)        (* frozen kernels cF, learned gates *)
| Pwise (f : C -> list K -> K)                  (* activation, sum, batch norm, ... *)
| Other (f : list value -> value)               (* pooling, softmax, attention, ... *)
        (ext : forall xs ys, Forall2 veq xs ys -> veq (f xs) (f ys)).

Definition hd1 (xs : list value) : value := hd vzero xs.
Definition sem (o : op) (xs : list value) : value :=
  match o with
  | Dense L => fun j => gffn_node (dins L j) idact (dw L j) (db L j) (hd1 xs)
  | Conv L => fun j => gcnn_node (cg L) (cins L j) idact (cF L j) (cb L j) (hd1 xs)
  | Proj L gate => fun j => proj_node (fun k => conv (cg L) (cF L j k)) (cins L j) idact
                                      (gate j) (cb L j) (hd1 xs)
  | Pwise f => fun j p => f j (flat_map (fun x => [x j p]) xs)
  | Other f _ => f xs
  end.

Notation network := (list (instr op)).
Definition runs (p : network) (env : list value) : list value := run vzero sem p env.

Lemma veq_refl x : veq x x. Proof. easy. Qed.
Lemma env_refl env : Forall2 veq env env.
Proof. induction env; constructor; auto using veq_refl. Qed.

Lemma hd1_rel (R : value -> value -> Prop) xs ys :
  R vzero vzero -> Forall2 R xs ys -> R (hd1 xs) (hd1 ys).
Proof. intros H0 []; simpl; assumption. Qed.

Lemma sem_ext o xs ys : Forall2 veq xs ys -> veq (sem o xs) (sem o ys).
Proof.
  intros H. assert (H1 : veq (hd1 xs) (hd1 ys)) by (apply hd1_rel; auto using veq_refl).
  destruct o; simpl; intros j.
  - refine (node_ext _ idact _ _ _ _). intros k _ p. simpl. now rewrite (H1 k p).
  - refine (node_ext _ idact _ _ _ _). intros k _. now apply conv_ext.
  - refine (node_ext _ idact _ _ _ _). intros k _ p.
    apply (f_equal (mul _)). apply conv_ext; [easy | exact (H1 k)].
  - intros p. f_equal. clear H1. induction H as [|x y xs ys Hx _ IH]; simpl; [reflexivity|].
    now rewrite IH, (Hx j p).
  - now apply ext.
Qed.

(** ** Rewriting layer by layer *)
Definition lift (r : op -> op) (i : instr op) : instr op := Instr (r (iop i)) (iargs i).
Definition sound (r : op -> op) : Prop := forall o xs, veq (sem (r o) xs) (sem o xs).

Theorem rewrite_sound (r : op -> op) : sound r ->
  forall p env, Forall2 veq (runs (map (lift r) p) env) (runs p env).
Proof.
  intros Hr p env. apply run_rel; [easy| |apply env_refl].
  induction p; simpl; constructor; auto. split; [reflexivity|]. intros xs ys H c q.
  simpl. rewrite (Hr (iop a) xs c q). now apply sem_ext.
Qed.

(** Every convolution becomes a gated layer of GFFN form, with gates of one. *)
Definition project (o : op) : op :=
  match o with Conv L => Proj L (fun _ _ => 1) | _ => o end.
(** Every gated layer becomes an ordinary convolution. *)
Definition mergeL (L : clayer) (gate : C -> C -> K) : clayer :=
  CLayer (cg L) (cins L) (fun j k t => gate j k * cF L j k t) (cb L).
Definition merge (o : op) : op :=
  match o with Proj L gate => Conv (mergeL L gate) | _ => o end.
(** Every dense layer becomes a convolution with its weights at the centre. *)
Definition embedL (g : geom P P) (D : tap_dec g) t0 (L : dlayer) : clayer :=
  CLayer g (dins L) (fun j k => delta D t0 (dw L j k)) (db L).
Definition embed g D t0 (o : op) : op :=
  match o with Dense L => Conv (embedL g D t0 L) | _ => o end.

Lemma project_sound : sound project.
Proof. intros [] xs c; try easy. exact (T3_unit _ _ idact _ _ _). Qed.
Lemma merge_sound : sound merge.
Proof.
  intros [] xs c; try easy. intros p. symmetry. exact (T4_merge _ _ idact _ _ _ _ p).
Qed.
Lemma embed_sound g D t0 : centre g t0 -> sound (embed g D t0).
Proof. intros Hc [] xs c; try easy. exact (T1_embed g D t0 _ idact _ _ _ Hc). Qed.

Definition is_conv o := match o with Conv _ => true | _ => false end.
Definition is_proj o := match o with Proj _ _ => true | _ => false end.
Definition is_dense o := match o with Dense _ => true | _ => false end.
Definition none (f : op -> bool) (p : network) := Forall (fun i => f (iop i) = false) p.

Lemma lift_none (r : op -> op) f p : (forall o, f (r o) = false) -> none f (map (lift r) p).
Proof.
  intros H. induction p as [|i p IH]; [apply Forall_nil|].
  apply Forall_cons; [apply H | exact IH].
Qed.

Corollary network_projection p env :
  none is_conv (map (lift project) p) /\
  Forall2 veq (runs (map (lift project) p) env) (runs p env).
Proof. split; [apply lift_none; now intros [] | apply rewrite_sound, project_sound]. Qed.

(** Whatever gates were learned, merging gives an ordinary CNN. *)
Corollary network_merge p env :
  none is_proj (map (lift merge) p) /\
  Forall2 veq (runs (map (lift merge) p) env) (runs p env).
Proof. split; [apply lift_none; now intros [] | apply rewrite_sound, merge_sound]. Qed.

Corollary network_embed g D t0 p env : centre g t0 ->
  none is_dense (map (lift (embed g D t0)) p) /\
  Forall2 veq (runs (map (lift (embed g D t0)) p) env) (runs p env).
Proof. split; [apply lift_none; now intros [] | now apply rewrite_sound, embed_sound]. Qed.

(** ** Strictness of networks: a GFFN network of any depth and shape is local *)
Definition eqat (p : P) (x y : value) : Prop := forall c, x c p = y c p.
Definition gffn_op (o : op) : Prop := match o with Dense _ | Pwise _ => True | _ => False end.

Theorem gffn_network_local (prog : network) (p : P) :
  Forall (fun i => gffn_op (iop i)) prog -> forall env env',
  Forall2 (eqat p) env env' -> Forall2 (eqat p) (runs prog env) (runs prog env').
Proof.
  intros H. apply run_rel; [easy|].
  induction H as [|i prog Hi _ IH]; constructor; auto. split; [reflexivity|].
  intros xs ys Hxy c. assert (H1 : eqat p (hd1 xs) (hd1 ys)) by (apply hd1_rel; easy).
  destruct (iop i); try contradiction; simpl.
  - unfold gffn_node, node; simpl. f_equal. apply sum_ext. intros k _. now rewrite (H1 k).
  - f_equal. clear H1. induction Hxy as [|x y xs ys Hx _ IHxy]; simpl; [reflexivity|].
    now rewrite IHxy, (Hx c).
Qed.

Theorem network_strict (prog : network) n (dP : forall p q : P, {p = q} + {p <> q})
  (g : geom P P) (F : tap g -> K) (j : C) p q :
  Forall (fun i => gffn_op (iop i)) prog -> p <> q -> coupling dP g F p q <> 0 ->
  ~ forall x : value, nth n (runs prog [x]) vzero j p = conv g F (x j) p.
Proof.
  intros H Hpq Hne E. apply Hne.
  set (x := (fun _ r => if dP r q then 1 else 0) : value).
  assert (L : eqat p (nth n (runs prog [x]) vzero) (nth n (runs prog [vzero]) vzero)).
  { apply Forall2_nth; [easy|]. apply gffn_network_local; [assumption|].
    constructor; [|constructor]. intros c. unfold x, vzero.
    destruct (dP p q); [contradiction|reflexivity]. }
  specialize (L j). rewrite !E in L.
  transitivity (conv g F (x j) p); [|rewrite L].
  - apply sum_ext. intros t _. unfold x. destruct (src g p t) as [r|]; simpl; [|ring].
    destruct (dP r q); ring.
  - apply sum_zero. intros t _. destruct (src g p t); unfold vzero; simpl; ring.
Qed.
End Network.

(** ** Networks on grids

    A position that carries its own extents lets one network act on inputs of every size at once. *)
Record place (rank : nat) := Place {
  pextents : list nat; prank : length pextents = rank; pcell : cell pextents }.
Arguments pextents {rank} _. Arguments prank {rank} _. Arguments pcell {rank} _.

Definition same_window rank (axes : list axis) : geom (place rank) (place rank) :=
  Geom position (taps_of axes) (fun p t =>
    match read axes (proj1_sig (pcell p)) t with
    | Some r => option_map (Place rank (pextents p) (prank p)) (cell_at (pextents p) r)
    | None => None
    end).

Lemma same_centre rank axes c :
  Forall2 centred axes c -> length axes = rank -> centre (same_window rank axes) c.
Proof.
  intros H E. split; [apply box_NoDup | split; [now apply centre_is_tap|]].
  intros [e He p]. destruct (grid_centre e axes c H) as (_ & _ & Hc); [congruence|].
  specialize (Hc p). simpl in *. destruct (read axes (proj1_sig p) c); [|easy].
  now rewrite Hc.
Qed.

(** Every GFFN network is a CNN with the given windows. *)
Corollary network_embed_grid {K : cring} {C} rank axes c
  (p : list (instr (op (K:=K) (C:=C) (P:=place rank)))) env :
  Forall2 centred axes c -> length axes = rank ->
  let p' := map (lift (embed (same_window rank axes) position_dec c)) p in
  none is_dense p' /\ Forall2 veq (runs p' env) (runs p env).
Proof. intros H E. apply network_embed. now apply same_centre. Qed.
