import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { IncidentsPage } from "@features/reports/IncidentsPage";
import { RequestsPage } from "@features/reports/RequestsPage";
import { TransactionPage } from "@features/reports/TransactionPage";
import { TransactionsPage } from "@features/reports/TransactionsPage";

const transactionsRoute = getRouteApi("/shell/accounts/$accountId/reports");
const incidentsRoute = getRouteApi("/shell/accounts/$accountId/reports/incidents");
const requestsRoute = getRouteApi("/shell/accounts/$accountId/reports/requests");
const transactionRoute = getRouteApi("/shell/accounts/$accountId/cycles/$cycleId/transactions/$transactionId");

export function Transactions() {
  const { accountId } = transactionsRoute.useParams();
  const search = transactionsRoute.useSearch();
  const navigate = useNavigate();
  return (
    <TransactionsPage
      accountId={accountId}
      search={search}
      onSearch={(next) => void navigate({ to: "/accounts/$accountId/reports", params: { accountId }, search: next, replace: true, resetScroll: false })}
    />
  );
}

export function Incidents() {
  const { accountId } = incidentsRoute.useParams();
  const search = incidentsRoute.useSearch();
  const navigate = useNavigate();
  return (
    <IncidentsPage
      accountId={accountId}
      search={search}
      onSearch={(next) =>
        void navigate({ to: "/accounts/$accountId/reports/incidents", params: { accountId }, search: next, replace: true, resetScroll: false })
      }
    />
  );
}

export function Requests() {
  const { accountId } = requestsRoute.useParams();
  const search = requestsRoute.useSearch();
  const navigate = useNavigate();
  return (
    <RequestsPage
      accountId={accountId}
      search={search}
      onSearch={(next) =>
        void navigate({ to: "/accounts/$accountId/reports/requests", params: { accountId }, search: next, replace: true, resetScroll: false })
      }
    />
  );
}

export function Transaction() {
  const params = transactionRoute.useParams();
  const search = transactionRoute.useSearch();
  const navigate = useNavigate();
  return (
    <TransactionPage
      key={params.transactionId}
      {...params}
      search={search}
      onSearch={(next) =>
        void navigate({
          to: "/accounts/$accountId/cycles/$cycleId/transactions/$transactionId",
          params,
          search: next,
          replace: true,
          resetScroll: false,
        })
      }
    />
  );
}
