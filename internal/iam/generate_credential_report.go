package iam

import (
	"context"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GenerateCredentialReportInput has the parameters of GenerateCredentialReport: none.
type GenerateCredentialReportInput struct{}

// Permissions is not about a resource.
func (in *GenerateCredentialReportInput) Permissions(aws.Call) []aws.Permission { return onNothing() }

// GenerateCredentialReportOutput says how far the report is.
type GenerateCredentialReportOutput struct {
	State       string
	Description string
}

// GenerateCredentialReport makes a credential report unless there is one younger than four hours. It is ready when this
// returns; the first answer still says STARTED, as clients know it from AWS, and the next COMPLETE (aws-iam section 13).
func (s *Service) GenerateCredentialReport(ctx context.Context, call aws.Call, _ *GenerateCredentialReportInput) (*GenerateCredentialReportOutput, error) {
	var all *credentials
	err := s.view(ctx, func(tx *store.Tx) error {
		report, err := tx.CredentialReport(ctx, call.Caller.AccountID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil && !reportExpired(report, call.Now) {
			return nil
		}
		all, err = credentialsOf(ctx, tx, call.Caller.AccountID)
		return err
	})
	if err != nil {
		return nil, err
	}
	if all == nil {
		return &GenerateCredentialReportOutput{State: "COMPLETE"}, nil
	}
	content, err := all.report()
	if err != nil {
		return nil, aws.Internal(err)
	}
	// Of two reports that are made at the same time the later stays.
	err = s.update(ctx, func(tx *store.Tx) error {
		return tx.PutCredentialReport(ctx, store.PutCredentialReportParams{
			AccountID: call.Caller.AccountID, Content: content, GeneratedAt: store.Time{Time: call.Now},
		})
	})
	if err != nil {
		return nil, err
	}
	return &GenerateCredentialReportOutput{
		State: "STARTED", Description: "No report exists. Starting a new report generation task",
	}, nil
}

func reportExpired(report store.CredentialReport, now time.Time) bool {
	return !now.Before(report.GeneratedAt.Add(reportLife))
}
