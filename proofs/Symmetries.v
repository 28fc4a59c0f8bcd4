(** What projected layers inherit, concluded: changes of two layers in a row that leave what they compute
    unchanged. The subject is a stack: a lower layer, any activation, an upper layer whose inputs are the
    lower layer's nodes.

    One remark that a dense layer does not call for. A node of a projected layer is its gates and its
    frozen kernels. When a node is copied or moved, its kernels go with it, and so do the kernels through
    which it is read: [copies] and [rewired] below move whole nodes. Moving the gates alone is a symmetry
    of homogeneous layers and not of projected ones: see [gate_permutation_refused]. *)
From Coq Require Import List Ring Bool.
Import ListNotations.
From Heirloom Require Import Sum Node Inheritance.

Section Symmetries.
Context {K : cring}.
Add Ring K_ring_symmetries : (cring_law K).
Notation dec A := (forall a b : A, {a = b} + {a <> b}).

Record stack := Stack {
  source : Type; hidden : Type; target : Type; here : Type; between : Type; after : Type; there : Type;
  lower : @layer K hidden source here between;
  upper : @layer K target hidden after there }.
(** Both layers of a class; an assumption about the upper, or the lower one. *)
Definition both (class : some_layer -> Prop) (s : stack) : Prop := class (bundled (lower s)) /\ class (bundled (upper s)).
Definition of_upper (P : some_layer -> Prop) (s : stack) : Prop := P (bundled (upper s)).
Definition of_lower (P : some_layer -> Prop) (s : stack) : Prop := P (bundled (lower s)).

(** The nodes G, each a copy of the node that [from] names; and an upper layer that reads them. *)
Definition copies {J C I O G} (from : G -> J) (L : @layer K J C I O) : layer G C I O :=
  Layer (slot L) (slots L) (fun h => seen L (from h)) (fun h => term L (from h)).
Definition rewired {J C I O G} (from : G -> C) (see : J -> list G) (L : @layer K J C I O) : layer J G I O :=
  Layer (slot L) (slots L) see (fun j h => term L j (from h)).

(** What is copied from a projected layer is a projected layer, with copied kernels. *)
Lemma copies_projected {J C I O G} (from : G -> J) (g : geom I O) see F :
  copies from (proj_layer (C := C) g see F) = proj_layer g (fun h => see (from h)) (fun h => F (from h)).
Proof. reflexivity. Qed.
Lemma rewired_projected {J C I O G} (from : G -> C) (g : geom I O) see see' F :
  rewired from see' (proj_layer (J := J) g see F) = proj_layer g see' (fun j h => F j (from h)).
Proof. reflexivity. Qed.

(** ** Net2Wider *)
Lemma sum_fibres {A B} (D : dec B) (from : A -> B) (l : list A) (m : list B) (c : A -> K) (f : B -> K) :
  NoDup m -> (forall x, In x l -> In (from x) m) ->
  sum l (fun x => c x * f (from x)) =
  sum m (fun y => sum (filter (fun x => if D y (from x) then true else false) l) c * f y).
Proof.
  intros ND Hin.
  rewrite (sum_ext l _ (fun x => sum m (fun y => if D y (from x) then c x * f y else 0))).
  - rewrite sum_swap. apply sum_ext. intros y _. rewrite sum_filter, sum_scale_r. apply sum_ext.
    intros x _. destruct (D y (from x)); ring.
  - intros x Hx. symmetry. exact (sum_delta D m (from x) (fun y => c x * f y) ND (Hin x Hx)).
Qed.

(** The wide stack has copies of hidden nodes. If the outgoing weights of the copies of a node add up to
    the node's own, nothing has changed, whatever comes between the layers. *)
Definition wider_law (s : stack) : Prop :=
  forall (D : dec (hidden s)) G (from : G -> hidden s) (see : target s -> list G)
    (phi : activation (between s) (after s)) w b u c (v : target s -> G -> slot (upper s) -> K) x j p,
  NoDup (seen (upper s) j) -> (forall h, In h (see j) -> In (from h) (seen (upper s) j)) ->
  (forall k t, In k (seen (upper s) j) -> In t (slots (upper s)) ->
     sum (filter (fun h => if D k (from h) then true else false) (see j)) (fun h => v j h t) = u j k t) ->
  preact (rewired from see (upper s)) v c (fun h => phi
    (preact (copies from (lower s)) (fun h => w (from h)) (fun h => b (from h)) x h)) j p =
  preact (upper s) u c (fun h => phi (preact (lower s) w b x h)) j p.

Lemma wider_suffices s : (forall A, In A [of_upper (is (@linear K))] -> A s) -> wider_law s.
Proof.
  intros H D G from see phi w b u c v x j p ND Hin Hv. destruct (H _ (or_introl eq_refl)) as (f & Hf).
  simpl in f, Hf. unfold preact at 1 3. simpl. f_equal.
  set (X := fun h => phi (preact (lower s) w b x h)).
  transitivity (sum (see j) (fun h => sum (slots (upper s)) (fun t => v j h t * f j (from h) t (X (from h)) p))).
  - apply sum_ext. intros h Hh. exact (Hf j (from h) (v j h) (X (from h)) p (Hin h Hh)).
  - rewrite sum_swap.
    rewrite (sum_ext (slots (upper s)) _ (fun t => sum (seen (upper s) j) (fun k => u j k t * f j k t (X k) p))).
    + rewrite sum_swap. apply sum_ext. intros k Hk. symmetry. exact (Hf j k (u j k) (X k) p Hk).
    + intros t Ht. rewrite (sum_fibres D from (see j) (seen (upper s) j) (fun h => v j h t)
                              (fun k => f j k t (X k) p) ND Hin).
      apply sum_ext. intros k Hk. now rewrite (Hv k t Hk Ht).
Qed.

(** ** Permutation of nodes *)
Definition permutation_law (s : stack) : Prop :=
  forall G (from : G -> hidden s) (to : hidden s -> G) (phi : activation (between s) (after s)) w b u c x j p,
  (forall k, from (to k) = k) ->
  preact (rewired from (fun j => map to (seen (upper s) j)) (upper s)) (fun j h => u j (from h)) c
    (fun h => phi (preact (copies from (lower s)) (fun h => w (from h)) (fun h => b (from h)) x h)) j p =
  preact (upper s) u c (fun h => phi (preact (lower s) w b x h)) j p.

Lemma permutation_suffices s : (forall A : stack -> Prop, In A [] -> A s) -> permutation_law s.
Proof.
  intros _ G from to phi w b u c x j p Hto. unfold preact at 1 3. simpl. f_equal. rewrite sum_map.
  apply sum_ext. intros k _. unfold preact, copies. simpl. now rewrite (Hto k).
Qed.

(** ** Rescaling

    ReLU, leaky ReLU and max pooling commute with positive factors; so the factor c_h may move from the
    weights into node h to the weights out of it. Where "positive" matters is hidden in the hypothesis
    on phi. *)
Definition rescaling_law (s : stack) : Prop :=
  forall (phi : activation (between s) (after s)) (r r' : hidden s -> K) w b u c x j p,
  (forall h, r h * r' h = 1) ->
  (forall h y y', (forall q, y' q = r h * y q) -> forall q, phi y' q = r h * phi y q) ->
  preact (upper s) (fun j h t => u j h t * r' h) c
    (fun h => phi (preact (lower s) (fun h k t => r h * w h k t) (fun h => r h * b h) x h)) j p =
  preact (upper s) u c (fun h => phi (preact (lower s) w b x h)) j p.

Definition rescaling_needs : list (stack -> Prop) :=
  [of_lower (is (@linear K)); of_upper (is (@linear K)); of_upper (is (@proportional K))].

Lemma rescaling_suffices s : (forall A, In A rescaling_needs -> A s) -> rescaling_law s.
Proof.
  intros H phi r r' w b u c x j p Hr Hphi.
  destruct (H _ (or_introl eq_refl)) as (f & Hf).
  destruct (H _ (or_intror (or_introl eq_refl))) as (g & Hg).
  pose proof (H _ (or_intror (or_intror (or_introl eq_refl)))) as Hp.
  change (proportional (upper s)) in Hp. simpl in f, Hf, g, Hg.
  assert (E : forall h q, preact (lower s) (fun h k t => r h * w h k t) (fun h => r h * b h) x h q =
                          r h * preact (lower s) w b x h q).
  { intros h q. unfold preact.
    transitivity (r h * sum (seen (lower s) h) (fun k => term (lower s) h k (w h k) (x k) q) + r h * b h); [|ring].
    f_equal. rewrite sum_scale. apply sum_ext. intros k Hk. rewrite !Hf by assumption.
    rewrite sum_scale. apply sum_ext. intros; ring. }
  unfold preact at 1 3. f_equal. apply sum_ext. intros h Hh.
  rewrite (Hp j h _ (r h) (phi (preact (lower s) w b x h)) _ (Hphi h _ _ (E h))).
  rewrite !Hg by assumption. rewrite sum_scale. apply sum_ext. intros t _.
  transitivity (r h * r' h * (u j h t * g j h t (phi (preact (lower s) w b x h)) p)); [ring | rewrite Hr; ring].
Qed.

(** ** The techniques *)
Definition wider : technique stack := Technique _ wider_law wider_suffices.
Definition permutation : technique stack := Technique _ permutation_law permutation_suffices.
Definition rescaling : technique stack := Technique _ rescaling_law rescaling_suffices.

(** The two layers may be of different classes. *)
Theorem net2wider_inherited s : both linear_layers s -> law wider s.
Proof. apply inherits. intros A [<-|[]] t (_ & Hu). exact (proj1 linear_layers_provide _ Hu). Qed.

Theorem permutation_inherited s : both linear_layers s -> law permutation s.
Proof. apply inherits. intros A []. Qed.

Theorem rescaling_inherited s : both linear_layers s -> law rescaling s.
Proof.
  apply inherits. intros A HA t (Hl & Hu). destruct HA as [<-|[<-|[<-|[]]]].
  - exact (proj1 linear_layers_provide _ Hl).
  - exact (proj1 linear_layers_provide _ Hu).
  - exact (proj2 linear_layers_provide _ Hu).
Qed.
End Symmetries.
