import classes from "./SignIn.module.css";

/** Concentric lanes as seen from above the banking, with the three measuring lines of a track. */
export function Track() {
  return (
    <svg className={classes.track} viewBox="0 0 900 1000" preserveAspectRatio="xMidYMid slice">
      {boards.map((inset) => (
        <Lane key={inset} inset={inset} stroke="rgb(255 255 255 / 9%)" width={1} />
      ))}
      <Lane inset={286} stroke="rgb(140 205 240 / 26%)" width={34} />
      <Lane inset={248} stroke="rgb(10 14 20 / 75%)" width={6} />
      <Lane inset={226} stroke="#e2574c" width={5} />
      <Lane inset={120} stroke="#8ec9ef" width={6} />
    </svg>
  );
}

/** Distances of the boards' seams from the outer edge. */
const boards = Array.from({ length: 16 }, (_, board) => -60 + board * 20);

function Lane({ inset, stroke, width }: { inset: number; stroke: string; width: number }) {
  const size = { x: inset - 380, y: inset - 120, width: 1500 - inset * 2, height: 1240 - inset * 2 };
  return <rect {...size} rx={size.height / 2} fill="none" stroke={stroke} strokeWidth={width} />;
}
