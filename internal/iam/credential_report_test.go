package iam

import (
	"context"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/store"
)

// report makes a credential report and reads its lines.
func (w *world) report(accountID string) [][]string {
	w.t.Helper()
	must(w.GenerateCredentialReport(w.t.Context(), w.root(accountID), &GenerateCredentialReportInput{}))(w.t)
	out := must(w.GetCredentialReport(w.t.Context(), w.root(accountID), &GetCredentialReportInput{}))(w.t)
	if out.ReportFormat != "text/csv" || !out.GeneratedTime.Equal(w.now) {
		w.t.Errorf("a report in %s of %s", out.ReportFormat, out.GeneratedTime)
	}
	rows, err := csv.NewReader(strings.NewReader(string(out.Content))).ReadAll()
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

func TestCredentialReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := must(w.CreateUser(t.Context(), w.root(account), &CreateUserInput{UserName: "alice,bob", Path: "/team/"}))(t).User
	w.user(account, "Zoe")
	w.user(foreign, "theirs")
	w.key(w.root(foreign), "theirs")
	w.setPolicy(UpdateAccountPasswordPolicyInput{MaxPasswordAge: 90})
	w.now = start.Add(time.Hour)
	w.password("alice,bob", first)
	used := w.key(w.as(alice), "")
	w.now = start.Add(2 * time.Hour)
	inactive := w.key(w.as(alice), "")
	must(w.UpdateAccessKey(t.Context(), w.as(alice), &UpdateAccessKeyInput{AccessKeyId: inactive, Status: "Inactive"}))(t)
	w.change(func(ctx context.Context, tx *store.Tx) error {
		return tx.TouchAccessKey(ctx, used, start.Add(3*time.Hour), "s3", "eu-west-1")
	})
	if err := w.virtual(account, "phone").enable("alice,bob", -1, 0); err != nil {
		t.Fatal(err)
	}
	rows := w.report(account)
	want := [][]string{
		strings.Split("<root_account>,arn:aws:iam::111111111111:root,2026-01-15T12:00:10+00:00,not_supported,no_information,"+
			"not_supported,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A", ","),
		append([]string{"alice,bob", "arn:aws:iam::111111111111:user/team/alice,bob"}, strings.Split("2026-01-15T12:00:10+00:00,"+
			"true,no_information,2026-01-15T13:00:10+00:00,2026-04-15T13:00:10+00:00,true,"+
			"true,2026-01-15T13:00:10+00:00,2026-01-15T15:00:10+00:00,eu-west-1,s3,"+
			"false,2026-01-15T14:00:10+00:00,N/A,N/A,N/A,false,N/A,false,N/A", ",")...),
		strings.Split("Zoe,arn:aws:iam::111111111111:user/Zoe,2026-01-15T12:00:10+00:00,false,N/A,N/A,N/A,false,"+
			"false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A", ","),
	}
	if diff := cmp.Diff(want, rows[1:]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(rows[0]) != 22 {
		t.Errorf("%d columns", len(rows[0]))
	}
}

// A report is good for four hours, and of one account.
func TestCredentialReportLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	generate := func(accountID string) string {
		return must(w.GenerateCredentialReport(t.Context(), w.root(accountID), &GenerateCredentialReportInput{}))(t).State
	}
	get := func(accountID string) string {
		return answer(w.GetCredentialReport(t.Context(), w.root(accountID), &GetCredentialReportInput{}))
	}
	check(t, get(account), "410 ReportNotPresent: ")
	check(t, generate(account), "STARTED")
	check(t, get(account), "ok")
	check(t, get(foreign), "410 ReportNotPresent: ")
	w.user(account, "alice") // too late for this report
	w.now = start.Add(4*time.Hour - time.Second)
	check(t, generate(account), "COMPLETE")
	check(t, get(account), "ok")
	w.now = start.Add(4 * time.Hour)
	check(t, get(account), "410 ReportExpired: ")
	if rows := w.report(account); len(rows) != 3 {
		t.Errorf("the new report has %d lines", len(rows))
	}
}
