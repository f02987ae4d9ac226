import { UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { memo, type KeyboardEvent, type ReactNode } from "react";
import { t } from "@shared/messages/t";
import classes from "./DataTable.module.css";

/** One column of a table. */
export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** Name of the sort order that this column stands for. */
  sort?: string;
  /** Numbers and actions stand on the right. */
  align?: "end";
  /** The header is for screen readers only. */
  headerHidden?: boolean;
  /** Stands in place of the header's text, such as a tick for all rows. */
  headerCell?: ReactNode;
  /** On narrow screens: head of the card, an ordinary line, a line without its label, or not at all. */
  narrow?: "title" | "plain" | "hide";
  width?: number | string;
}

/** The order of a list. */
export interface Sorting {
  by: string;
  ascending: boolean;
}

interface DataTableProps<Row> {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
}

/** A table that becomes a list of cards on narrow screens. Arrow keys walk its main links. */
export function DataTable<Row>({ caption, columns, rows, rowKey, sorting, onSort }: DataTableProps<Row>) {
  return (
    <table className={classes.table}>
      <caption>
        <VisuallyHidden>{caption}</VisuallyHidden>
      </caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th
              key={column.key}
              scope="col"
              className={column.align === "end" ? classes.end : undefined}
              style={{ width: column.width }}
              aria-sort={ariaSort(column, sorting)}
            >
              <Header column={column} sorting={sorting} onSort={onSort} />
            </th>
          ))}
        </tr>
      </thead>
      {/* Moving with arrows is an addition: every link is also reached with Tab. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <tbody onKeyDown={walkRows}>
        {rows.map((row) => (
          <TableRow key={rowKey(row)} row={row} columns={columns} />
        ))}
      </tbody>
    </table>
  );
}

/** Drawn again only when its row or the columns are others. */
const TableRow = memo(function TableRow<Row>({ row, columns }: { row: Row; columns: Column<Row>[] }) {
  return (
    <tr>
      {columns.map((column) => (
        <td
          key={column.key}
          className={column.align === "end" ? classes.end : undefined}
          data-narrow={column.narrow ?? "line"}
          data-label={column.header}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}) as <Row>(props: { row: Row; columns: Column<Row>[] }) => ReactNode;

interface HeaderProps<Row> {
  column: Column<Row>;
  sorting: Sorting | undefined;
  onSort: ((sorting: Sorting) => void) | undefined;
}

function Header<Row>({ column, sorting, onSort }: HeaderProps<Row>) {
  if (column.headerCell !== undefined) return <>{column.headerCell}</>;
  if (column.headerHidden === true) return <VisuallyHidden>{column.header}</VisuallyHidden>;
  const by = column.sort;
  if (by === undefined || onSort === undefined) return <>{column.header}</>;
  const active = sorting?.by === by;
  return (
    <UnstyledButton
      className={classes.sort}
      onClick={() => onSort({ by, ascending: active ? !sorting.ascending : true })}
      aria-label={t("page.sortBy", { column: column.header })}
    >
      {column.header}
      {active && (sorting.ascending ? <IconArrowUp size={14} /> : <IconArrowDown size={14} />)}
    </UnstyledButton>
  );
}

function ariaSort<Row>(column: Column<Row>, sorting: Sorting | undefined) {
  if (column.sort === undefined || sorting?.by !== column.sort) return undefined;
  return sorting.ascending ? "ascending" : "descending";
}

/** Up and Down move between the rows' main links (marked `data-row-main`). */
function walkRows(event: KeyboardEvent<HTMLElement>) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (!(event.target instanceof HTMLElement) || !event.target.hasAttribute("data-row-main")) return;
  const mains = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row-main]")];
  const next = mains[mains.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
