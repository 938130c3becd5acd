package awsmodel

import (
	"encoding/json"
	"maps"
	"slices"
)

// tableOf is the resource of a TableName, which is a name or the ARN of a table.
func (n *naming) tableOf(name string) string {
	if resource, isARN := n.own(name, "dynamodb"); isARN {
		table, ok := cutKind(resource, "table/")
		if !ok || !isPlain(table, ".-") {
			n.fail(Malformed, "%q is no ARN of a table", name)
		}
		return resource
	}
	return "table/" + n.plain(name, ".-")
}

func cutKind(resource, kind string) (name string, ok bool) {
	if len(resource) <= len(kind) || resource[:len(kind)] != kind {
		return "", false
	}
	return resource[len(kind):], true
}

func dynamoDB(n *naming) {
	n.setContext("dynamodb:select", "Select")
	n.setContext("dynamodb:returnvalues", "ReturnValues")
	n.setContext("dynamodb:returnconsumedcapacity", "ReturnConsumedCapacity")
	switch n.op.name {
	case "BatchGetItem", "BatchWriteItem":
		tables := n.object(n.in.members, "RequestItems")
		for _, table := range slices.Sorted(maps.Keys(tables)) {
			n.on(n.tableOf(table))
		}
	case "TransactGetItems", "TransactWriteItems":
		n.transaction()
	case "ExecuteStatement":
		n.statement(n.in.members)
	case "BatchExecuteStatement":
		n.statements("Statements")
	case "ExecuteTransaction":
		n.statements("TransactStatements")
	case "RestoreTableFromBackup":
		n.given("BackupArn", "table/")
		n.on(n.tableOf(n.text("TargetTableName")))
	case "RestoreTableToPointInTime":
		source, _ := n.firstOf("SourceTableArn", "SourceTableName")
		if n.has("SourceTableArn") && n.has("SourceTableName") && n.tableOf(n.text("SourceTableArn")) != n.tableOf(n.text("SourceTableName")) {
			n.fail(Ambiguous, "there are two tables to restore")
		}
		n.on(n.tableOf(n.text(source)))
		n.on(n.tableOf(n.text("TargetTableName")))
	default:
		n.table()
	}
}

// table is for the operations with one resource.
func (n *naming) table() {
	arn, hasARN := n.firstOf("BackupArn", "ExportArn", "ImportArn", "ResourceArn", "StreamArn", "TableArn")
	switch {
	case n.has("GlobalTableName"), n.op.name == "ImportTable": // a table of several regions, or of what is in a bucket
		n.any()
	case n.has("TableName"):
		n.namedTable()
	case hasARN:
		n.given(arn, "table/")
		if n.has("S3Bucket") {
			n.add("s3:PutObject", n.arnOf("s3", "", "", n.plain(n.text("S3Bucket"), ".-")+"/*"), true)
		}
	default:
		n.any()
	}
}

func (n *naming) namedTable() {
	table := n.tableOf(n.text("TableName"))
	if n.op.name == "Scan" {
		n.context["dynamodb:fulltablescan"] = []string{"true"}
	}
	if n.has("IndexName") {
		n.on(table + "/index/" + n.plain(n.text("IndexName"), ".-"))
		return
	}
	n.on(table)
	if n.has("Tags") {
		n.tagged("TagResource", table, false, n.tags("Tags"))
	}
	if n.op.name == "CreateTable" && n.has("ResourcePolicy") {
		n.add("PutResourcePolicy", n.arn(table), false)
	}
}

// transaction wants the action of each entry: there is none for the transaction (aws-services section 5).
func (n *naming) transaction() {
	n.context["dynamodb:enclosingoperation"] = []string{n.op.name}
	actions := map[string]string{"Get": "GetItem"}
	if n.op.name == "TransactWriteItems" {
		actions = map[string]string{"ConditionCheck": "ConditionCheckItem", "Delete": "DeleteItem", "Put": "PutItem", "Update": "UpdateItem"}
	}
	for _, entry := range n.list(n.in.members, "TransactItems") {
		for kind, value := range n.membersOf(entry) {
			if string(value) == "null" {
				continue
			}
			action, ok := actions[kind]
			if !ok {
				n.fail(Malformed, "a transaction has no %q", kind)
				return
			}
			n.add(action, n.arn(n.tableOf(n.textOf(n.membersOf(value), "TableName"))), false)
		}
	}
}

func (n *naming) statements(member string) {
	n.context["dynamodb:enclosingoperation"] = []string{n.op.name}
	for _, statement := range n.list(n.in.members, member) {
		n.statement(n.membersOf(statement))
	}
}

func (n *naming) statement(members map[string]json.RawMessage) {
	action, table, index, ok := parsePartiQL(n.textOf(members, "Statement"))
	if !ok {
		n.fail(Unsupported, "the statement is not one whose table can be told")
		return
	}
	resource := n.tableOf(table)
	if index != "" {
		resource += "/index/" + n.plain(index, ".-")
	}
	n.add(action, n.arn(resource), false)
}

// dynamoDBStreams names the stream. Records are read by an iterator that means something to the backend only.
func dynamoDBStreams(n *naming) {
	switch {
	case n.has("StreamArn"):
		n.given("StreamArn", "table/")
	case n.op.name == "GetRecords":
		n.onPattern("table/*/stream/*")
	case n.has("TableName"):
		n.add(n.op.name, n.arn(n.tableOf(n.text("TableName"))+"/stream/*"), true)
	default:
		n.any()
	}
}
