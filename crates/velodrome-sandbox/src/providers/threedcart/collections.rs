//! What each collection is called, takes and may be asked for.

use crate::validation::Kind::{Array, Boolean, Integer, Number, Object, Text};
use crate::validation::{Field, optional, required};

/// How a query parameter narrows a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Filter {
    /// The member equals the value.
    Is(&'static str),
    /// The member contains the value.
    Contains(&'static str),
    /// The member is a time at or after the value.
    From(&'static str),
    /// The member is a time at or before the value.
    Until(&'static str),
    /// The member is a number of at least the value.
    AtLeast(&'static str),
    /// The member is a number of at most the value.
    AtMost(&'static str),
}

use Filter::{AtLeast, AtMost, Contains, From, Is, Until};

/// A list inside each record with a path of its own below it.
pub(super) struct Part {
    pub(super) path: &'static str,
    pub(super) member: &'static str,
    pub(super) id: &'static str,
    pub(super) writable: bool,
}

/// One collection.
pub(super) struct Kind {
    pub(super) path: &'static str,
    /// The member that holds the id.
    pub(super) id: &'static str,
    /// The most rows of one call.
    pub(super) max: usize,
    pub(super) filters: &'static [(&'static str, Filter)],
    /// `None` where nothing can be written.
    pub(super) fields: Option<&'static [Field]>,
    pub(super) deletable: bool,
    pub(super) parts: &'static [Part],
}

pub(super) fn find(path: &str) -> Option<&'static Kind> {
    COLLECTIONS
        .iter()
        .find(|kind| kind.path.eq_ignore_ascii_case(path))
}

pub(super) static COLLECTIONS: [Kind; 7] = [
    Kind {
        path: "Orders",
        id: "OrderID",
        max: 300,
        filters: &[
            ("billingemail", Is("BillingEmail")),
            ("datestart", From("OrderDate")),
            ("dateend", Until("OrderDate")),
            ("lastupdatestart", From("LastUpdate")),
            ("lastupdateend", Until("LastUpdate")),
            ("invoiceprefix", Is("InvoiceNumberPrefix")),
            ("invoicenumber", Is("InvoiceNumber")),
            ("invoicenumberstart", AtLeast("InvoiceNumber")),
            ("invoicenumberend", AtMost("InvoiceNumber")),
            ("orderstatus", Is("OrderStatusID")),
        ],
        fields: Some(&[
            optional("OrderStatusID", Integer),
            optional("CustomerID", Integer),
            optional("BillingEmail", Text),
            optional("BillingFirstName", Text),
            optional("BillingLastName", Text),
            optional("OrderDate", Text),
            optional("OrderItemList", Array),
            optional("ShipmentList", Array),
            optional("TransactionList", Array),
            optional("QuestionList", Array),
            optional("OrderAmount", Number),
            optional("OrderDiscount", Number),
            optional("InvoiceNumber", Integer),
        ]),
        deletable: false,
        parts: &[
            Part {
                path: "Items",
                member: "OrderItemList",
                id: "ItemIndexID",
                writable: true,
            },
            Part {
                path: "Shipments",
                member: "ShipmentList",
                id: "ShipmentID",
                writable: true,
            },
            Part {
                path: "Transactions",
                member: "TransactionList",
                id: "TransactionIndexID",
                writable: true,
            },
            Part {
                path: "Questions",
                member: "QuestionList",
                id: "QuestionID",
                writable: false,
            },
        ],
    },
    Kind {
        path: "OrderStatus",
        id: "OrderStatusID",
        max: 500,
        filters: &[],
        fields: None,
        deletable: false,
        parts: &[],
    },
    Kind {
        path: "Customers",
        id: "CustomerID",
        max: 500,
        filters: &[
            ("city", Is("BillingCity")),
            ("country", Is("BillingCountry")),
            ("email", Is("Email")),
            ("firstname", Is("BillingFirstName")),
            ("lastname", Is("BillingLastName")),
            ("phone", Is("BillingPhoneNumber")),
            ("state", Is("BillingState")),
            ("lastupdatestart", From("LastUpdate")),
            ("lastupdateend", Until("LastUpdate")),
        ],
        fields: Some(&[
            required("Email", Text),
            optional("Password", Text),
            optional("BillingFirstName", Text),
            optional("BillingLastName", Text),
            optional("CustomerGroupID", Integer),
            optional("Enabled", Boolean),
            optional("MailList", Boolean),
            optional("NonTaxable", Boolean),
        ]),
        deletable: true,
        parts: &[],
    },
    Kind {
        path: "CustomerGroups",
        id: "CustomerGroupID",
        max: 500,
        filters: &[],
        fields: Some(&[required("Name", Text), optional("MinimumOrder", Number)]),
        deletable: true,
        parts: &[],
    },
    Kind {
        path: "Products",
        id: "CatalogID",
        max: 200,
        filters: &[
            ("sku", Is("SKUInfo.SKU")),
            ("name", Contains("SKUInfo.Name")),
            ("pricefrom", AtLeast("SKUInfo.Price")),
            ("priceto", AtMost("SKUInfo.Price")),
            ("costfrom", AtLeast("SKUInfo.Cost")),
            ("costto", AtMost("SKUInfo.Cost")),
            ("stockfrom", AtLeast("SKUInfo.Stock")),
            ("stockto", AtMost("SKUInfo.Stock")),
            ("onsale", Is("SKUInfo.OnSale")),
            ("hide", Is("Hide")),
            ("notforsale", Is("NotForSale")),
            ("freeshipping", Is("FreeShipping")),
            ("lastupdatestart", From("LastUpdate")),
            ("lastupdateend", Until("LastUpdate")),
        ],
        fields: Some(&[
            required("SKUInfo", Object),
            optional("Weight", Number),
            optional("Hide", Boolean),
        ]),
        deletable: true,
        parts: &[],
    },
    Kind {
        path: "Categories",
        id: "CategoryID",
        max: 500,
        filters: &[("category", Contains("CategoryName"))],
        fields: Some(&[
            required("CategoryName", Text),
            optional("CategoryParent", Integer),
            optional("Sorting", Integer),
        ]),
        deletable: true,
        parts: &[],
    },
    Kind {
        path: "CRM",
        id: "CrmID",
        max: 500,
        filters: &[
            ("custid", Is("CustomerID")),
            ("customeremail", Is("CustomerEmail")),
            ("customername", Contains("CustomerName")),
            ("customerphone", Is("CustomerPhone")),
            ("departmentid", Is("DepartmentID")),
            ("statusid", Is("StatusID")),
            ("orderid", Is("OrderID")),
            ("subject", Contains("Subject")),
            ("openedstartdate", From("DateOpened")),
            ("openedenddate", Until("DateOpened")),
            ("lastactionstartdate", From("DateLastAction")),
            ("lastactionenddate", Until("DateLastAction")),
        ],
        fields: Some(&[
            required("Subject", Text),
            required("CustomerEmail", Text),
            optional("CustomerName", Text),
            optional("DepartmentID", Integer),
            optional("StatusID", Integer),
        ]),
        deletable: true,
        parts: &[Part {
            path: "message",
            member: "MessageList",
            id: "MessageID",
            writable: true,
        }],
    },
];
