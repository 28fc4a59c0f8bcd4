(** * Extraction

    The executable part: the checker, and the reference semantics of a layer that it is proved against.
    [extract.mjs] makes a TypeScript module of the JSON that Coq writes. *)
From Heirloom Require Import Windows Layer Checker.
Require Extraction.
Extraction Language JSON.
Unset Extraction Optimize.
Extraction "heirloom.json" check exec dead.
