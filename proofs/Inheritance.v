(** Inheritance: which techniques an architecture gets for free, and why.

    A CNN person knows techniques that were invented for dense layers: pruning, DropConnect, weight
    normalisation, K-FAC. Each of them uses something of the dense layer, and nothing else of it. Say
    what it uses, and it works on every layer that has that. Four things are used:

    - [linear]: the contribution of input k to node j is linear in the parameters of the pair;
    - [scalar_weighted]: moreover the pair has a single parameter, a scalar w_jk, which multiplies a
      transformed input z_jk that no weight enters. The node is y_j = sum_k w_jk * z_jk + b_j;
    - [homogeneous]: the nodes differ in their parameters only. Given the same parameters, each would
      make the same of the same input: z_jk = z_k, one input vector for the whole layer;
    - [proportional]: c times the input makes c times the contribution.

    Dense layers (GFFN) have all four. A convolution has a whole kernel per pair, so it is linear and
    not scalar-weighted; without groups it is homogeneous, all filters slide over the same patches. A
    projected layer y_j = sum_k g_jk * conv(x_k, F_jk) + b_j is the other way round: a gate is a scalar,
    but z_jk = conv(x_k, F_jk) is node j's own, since node j has its own frozen kernels.

    A technique is a list of needs, a law that says what it means that it worked, and a proof that the
    needs imply the law. The transfer theorem [inherits] is then one line, and that is the point: all
    the work is in the proofs that classes provide and that needs suffice, each done once. *)
From Coq Require Import List Ring Bool.
Import ListNotations.
From Heirloom Require Import Sum Node.
Infix "==" := teq (at level 70).

(** ** Techniques, classes, and the transfer theorem

    The subject is a layer, or two layers in a row, or whatever a technique is applied to. *)
Record technique (S : Type) := Technique {
  needs : list (S -> Prop);
  law : S -> Prop;
  suffices : forall s, (forall A, In A needs -> A s) -> law s }.
Arguments Technique {S}. Arguments needs {S}. Arguments law {S}. Arguments suffices {S}.

Definition provides {S} (class assumption : S -> Prop) := forall s, class s -> assumption s.

(** A class that provides every need of a technique satisfies its law, at each of its members. *)
Theorem inherits {S} (T : technique S) (class : S -> Prop) :
  (forall A, In A (needs T) -> provides class A) -> forall s, class s -> law T s.
Proof. intros H s Hs. apply (suffices T). intros A HA. exact (H A HA s Hs). Qed.

(** The other way round: where the law fails, the class lacks a need, and the refusal can name it. *)
Theorem refusal_has_reason {S} (T : technique S) (class : S -> Prop) s :
  class s -> ~ law T s -> ~ (forall A, In A (needs T) -> provides class A).
Proof. intros Hs Hn H. exact (Hn (inherits T class H s Hs)). Qed.

Section Layer.
Context {K : cring}.
Add Ring K_ring_inheritance : (cring_law K).

(** ** Layers

    Node j of J sees the inputs [seen j], a sublist of C (all of them, a group, or one). Each pair (j, k)
    has a parameter for each of [slots]: one scalar, or one weight per tap. [term] is the contribution
    of input k to node j. The activation is not part of the layer: it comes after, and may be anything. *)
Record layer (J C I O : Type) := Layer {
  slot : Type;
  slots : list slot;
  seen : J -> list C;
  term : J -> C -> (slot -> K) -> @tensor K I -> @tensor K O }.
Arguments Layer {J C I O}. Arguments slot {J C I O}. Arguments slots {J C I O}.
Arguments seen {J C I O}. Arguments term {J C I O}.

Definition preact {J C I O} (L : layer J C I O) (w : J -> C -> slot L -> K) (b : J -> K)
  (x : C -> @tensor K I) (j : J) : @tensor K O :=
  fun p => sum (seen L j) (fun k => term L j k (w j k) (x k) p) + b j.

(** The transformed input z_jk: what node j gets from input k at weight one. *)
Definition z {J C I O} (L : layer J C I O) j k (x : C -> @tensor K I) : @tensor K O :=
  term L j k (fun _ => 1) (x k).

(** ** Assumptions *)
Definition linear {J C I O} (L : layer J C I O) : Prop :=
  exists f : J -> C -> slot L -> @tensor K I -> @tensor K O, forall j k w x p, In k (seen L j) ->
    term L j k w x p = sum (slots L) (fun t => w t * f j k t x p).

Definition scalar_weighted {J C I O} (L : layer J C I O) : Prop :=
  exists t, slots L = [t] /\ forall j k w x p, In k (seen L j) ->
    term L j k w x p = w t * term L j k (fun _ => 1) x p.

Definition homogeneous {J C I O} (L : layer J C I O) : Prop :=
  forall i j, seen L i = seen L j /\
    forall k w x p, In k (seen L j) -> term L i k w x p = term L j k w x p.

Definition proportional {J C I O} (L : layer J C I O) : Prop :=
  forall j k w c x y, (forall p, y p = c * x p) -> forall p, term L j k w y p = c * term L j k w x p.

Lemma scalar_linear {J C I O} (L : layer J C I O) : scalar_weighted L -> linear L.
Proof.
  intros (t & Ht & H). exists (fun j k _ => term L j k (fun _ => 1)). intros j k w x p Hk.
  rewrite Ht, (H j k w x p Hk). simpl. ring.
Qed.

(** What scalar weights are for: the node as a sum over its inputs, one product each. *)
Lemma scalar_form {J C I O} (L : layer J C I O) w b x j p t : scalar_weighted L -> In t (slots L) ->
  preact L w b x j p = sum (seen L j) (fun k => w j k t * z L j k x p) + b j.
Proof.
  intros (s & Hs & H) Ht. rewrite Hs in Ht. destruct Ht as [<-|[]].
  unfold preact. f_equal. apply sum_ext. intros k Hk. now apply H.
Qed.

Lemma shared_inputs {J C I O} (L : layer J C I O) i j k x p : homogeneous L -> In k (seen L j) ->
  z L i k x p = z L j k x p.
Proof. intros H Hk. now apply (H i j). Qed.

(** ** The classes, each as the layers that it consists of *)
Definition gffn_layer {J C O} (ks : list C) : layer J C O O :=
  Layer unit [tt] (fun _ => ks) (fun _ _ w x p => w tt * x p).
Definition gcnn_layer {J C I O} (g : geom I O) (see : J -> list C) : layer J C I O :=
  Layer (tap g) (taps g) see (fun _ _ w x => conv g w x).
Definition proj_layer {J C I O} (g : geom I O) (see : J -> list C) (F : J -> C -> tap g -> K) :
  layer J C I O := Layer unit [tt] see (fun j k w x p => w tt * conv g (F j k) x p).
(** A convolution seen from its patches: one input for each input channel and tap ("im2col"). *)
Definition patch_layer {J C I O} (g : geom I O) (ks : list C) : layer J (C * tap g) I O :=
  Layer unit [tt] (fun _ => list_prod ks (taps g)) (fun _ kt w x p => w tt * rd x (src g p (snd kt))).

Record some_layer := Some_layer {
  nodes : Type; inputs : Type; reads : Type; writes : Type;
  body : layer nodes inputs reads writes }.
Definition bundled {J C I O} (L : layer J C I O) : some_layer := Some_layer J C I O L.
Definition is (P : forall J C I O, layer J C I O -> Prop) (s : some_layer) : Prop := P _ _ _ _ (body s).

Definition gffn_layers (s : some_layer) : Prop :=
  exists J C O ks, s = bundled (gffn_layer (J := J) (C := C) (O := O) ks).
(** Convolutions without groups, and with any groups. *)
Definition gcnn_layers (s : some_layer) : Prop :=
  exists J C I O (g : geom I O) ks, s = bundled (gcnn_layer (J := J) (C := C) g (fun _ => ks)).
Definition grouped_layers (s : some_layer) : Prop :=
  exists J C I O (g : geom I O) see, s = bundled (gcnn_layer (J := J) (C := C) g see).
Definition projected_layers (s : some_layer) : Prop :=
  exists J C I O (g : geom I O) see F, s = bundled (proj_layer (J := J) (C := C) g see F).
Definition patch_layers (s : some_layer) : Prop :=
  exists J C I O (g : geom I O) ks, s = bundled (patch_layer (J := J) (C := C) g ks).

(** Their nodes are the nodes of the node theory. *)
Lemma gffn_layer_node {J C O Q} ks (phi : activation O Q) w b (x : C -> tensor O) (j : J) :
  phi (preact (gffn_layer ks) w b x j) = gffn_node ks phi (fun k => w j k tt) (b j) x.
Proof. reflexivity. Qed.
Lemma gcnn_layer_node {J C I O Q} (g : geom I O) see (phi : activation O Q) F b x (j : J) :
  phi (preact (gcnn_layer (C := C) g see) F b x j) = gcnn_node g (see j) phi (F j) (b j) x.
Proof. reflexivity. Qed.
Lemma proj_layer_node {J C I O Q} (g : geom I O) see F (phi : activation O Q) w b x (j : J) :
  phi (preact (proj_layer (C := C) g see F) w b x j) =
  proj_node (fun k => conv g (F j k)) (see j) phi (fun k => w j k tt) (b j) x.
Proof. reflexivity. Qed.

(** ** What the classes provide *)
Lemma conv_proportional {I O} (g : geom I O) (F : tap g -> K) c x y :
  (forall p, y p = c * x p) -> forall p, conv g F y p = c * conv g F x p.
Proof.
  intros H p. unfold conv. rewrite sum_scale. apply sum_ext. intros t _.
  destruct (src g p t); simpl; [rewrite H|]; ring.
Qed.

Theorem gffn_provides : provides gffn_layers (is (@scalar_weighted)) /\
  provides gffn_layers (is (@homogeneous)) /\ provides gffn_layers (is (@proportional)).
Proof.
  split; [|split]; intros s (J & C & O & ks & ->).
  - exists tt. split; [reflexivity|]. intros; simpl; ring.
  - split; reflexivity.
  - intros j k w c x y H p. simpl. rewrite H. ring.
Qed.

Theorem gcnn_provides : provides grouped_layers (is (@linear)) /\
  provides grouped_layers (is (@proportional)) /\ provides gcnn_layers (is (@homogeneous)).
Proof.
  split; [|split]; intros s (J & C & I & O & g & see & ->).
  - exists (fun _ _ t x p => rd x (src g p t)). reflexivity.
  - intros j k w c x y H p. now apply conv_proportional.
  - split; reflexivity.
Qed.

Theorem projected_provides : provides projected_layers (is (@scalar_weighted)) /\
  provides projected_layers (is (@proportional)).
Proof.
  split; intros s (J & C & I & O & g & see & F & ->).
  - exists tt. split; [reflexivity|]. intros; simpl; ring.
  - intros j k w c x y H p. simpl. rewrite (conv_proportional g _ c x y H). ring.
Qed.

(** A convolution without groups is, output for output, a dense layer of its patches, and that one is
    both scalar-weighted and homogeneous. What a GFFN layer inherits, a GCNN layer inherits tap by tap. *)
Theorem gcnn_patches {J C I O} (g : geom I O) (ks : list C) F b x (j : J) :
  preact (gcnn_layer g (fun _ => ks)) F b x j ==
  preact (patch_layer g ks) (fun j kt _ => F j (fst kt) (snd kt)) b (fun kt => x (fst kt)) j.
Proof. intros p. unfold preact. simpl. rewrite sum_prod. reflexivity. Qed.

Lemma patches_provide : provides patch_layers (is (@scalar_weighted)) /\
  provides patch_layers (is (@homogeneous)).
Proof.
  split; intros s (J & C & I & O & g & ks & ->).
  - exists tt. split; [reflexivity|]. intros; simpl; ring.
  - split; reflexivity.
Qed.

(** The classes whose connections are scalars; and all of them, whose connections are linear. *)
Definition scalar_layers (s : some_layer) : Prop := gffn_layers s \/ patch_layers s \/ projected_layers s.
Definition linear_layers (s : some_layer) : Prop := gffn_layers s \/ grouped_layers s \/ projected_layers s.

Lemma scalar_layers_provide : provides scalar_layers (is (@scalar_weighted)).
Proof. intros s [H|[H|H]]; [apply gffn_provides | apply patches_provide | apply projected_provides]; exact H. Qed.

Lemma linear_layers_provide :
  provides linear_layers (is (@linear)) /\ provides linear_layers (is (@proportional)).
Proof.
  split; intros s [H|[H|H]].
  - apply scalar_linear. now apply gffn_provides.
  - now apply gcnn_provides.
  - apply scalar_linear. now apply projected_provides.
  - now apply gffn_provides.
  - now apply gcnn_provides.
  - now apply projected_provides.
Qed.

(** ** What they lack

    The smallest window that tells taps apart: two taps on two positions, without padding. *)
Definition pair_window : geom bool unit := Geom bool [true; false] (fun _ t => Some t).
(** Two nodes on the same inputs; the kernels of node j are one at tap j and zero at the other, so node j
    sees position j of each input, and nothing else. *)
Definition tap_nodes {C} (ks : list C) : layer bool C bool unit :=
  proj_layer pair_window (fun _ => ks) (fun j _ t => if Bool.eqb j t then 1 else 0).

Lemma tap_nodes_z {C} (ks : list C) j k x : z (tap_nodes ks) j k x tt = x k j.
Proof. destruct j; cbv [z tap_nodes proj_layer term conv]; simpl; ring. Qed.

Lemma tap_nodes_projected {C} (ks : list C) : projected_layers (bundled (tap_nodes ks)).
Proof. exists bool, C, bool, unit, pair_window, (fun _ => ks). eexists. reflexivity. Qed.

(** An input that tells the taps apart: one at the first position, zero at the second. *)
Definition first_only (_ : unit) (p : bool) : K := if p then 1 else 0.

Theorem projected_not_homogeneous :
  (one : K) <> 0 -> ~ provides projected_layers (is (@homogeneous)).
Proof.
  intros Hne H. apply Hne. specialize (H _ (tap_nodes_projected [tt])).
  pose proof (shared_inputs (tap_nodes [tt]) true false tt first_only tt H (or_introl eq_refl)) as E.
  now rewrite !tap_nodes_z in E.
Qed.

(** A kernel of two taps is no scalar. *)
Lemma gcnn_not_scalar_weighted : ~ provides gcnn_layers (is (@scalar_weighted)).
Proof.
  intros H. specialize (H (bundled (gcnn_layer (J := unit) (C := unit) pair_window (fun _ => [tt])))).
  destruct H as (t & E & _); [|discriminate E].
  now exists unit, unit, bool, unit, pair_window, [tt].
Qed.

(** ** The order of the classes

    A node, as a function of its inputs, may be in several classes: GFFN nodes are GCNN nodes (T1), and
    merged projected nodes are too (T4). So whatever holds for every GCNN node holds for these. What is
    said of parameters does not travel along this order: [scalar_weighted] holds below and not above. *)
Theorem class_order {C I Q} (g : geom I I) (D : tap_dec g) t0 ks (phi : activation I Q)
  (P : ((C -> @tensor K I) -> @tensor K Q) -> Prop) :
  centre g t0 -> (forall N, GCNN g ks phi N -> P N) ->
  (forall N, GFFN ks phi N -> P N) /\
  (forall (F : C -> tap g -> K) N, PROJ (fun k => conv g (F k)) ks phi N -> P N).
Proof.
  intros Hc H. split.
  - intros N HN. apply H. exact (T1_subset g D t0 ks phi N Hc HN).
  - intros F N HN. apply H. apply T4_proj_in_gcnn in HN. destruct HN as (gam & b & HN).
    exists (fun k t => gam k * F k t), b. exact HN.
Qed.
End Layer.
Arguments Layer {K J C I O}. Arguments slot {K J C I O}. Arguments slots {K J C I O}.
Arguments seen {K J C I O}. Arguments term {K J C I O}.
