// Evaluates texts one after the other in one realm, so that none finds what another has left in the global object.
// Evaluates to a function without parameters that makes the one that does so.
(function () {
  "use strict";
  // Called by another name than its own, it evaluates global code whose `let` and `const` end with it, and whose
  // `var` and functions can be deleted (ECMA-262, PerformEval and EvalDeclarationInstantiation).
  const evaluate = globalThis.eval;
  const { ownKeys, deleteProperty } = Reflect;
  const given = Object.create(null);
  for (const name of ownKeys(globalThis)) given[name] = true;
  return (text) => {
    const names = ownKeys(globalThis);
    for (let place = 0; place < names.length; place++) {
      if (given[names[place]] !== true) deleteProperty(globalThis, names[place]);
    }
    return evaluate(text);
  };
});
