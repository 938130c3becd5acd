package iam

import (
	"context"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetCredentialReportInput has the parameters of GetCredentialReport: none.
type GetCredentialReportInput struct{}

// Permissions is not about a resource.
func (in *GetCredentialReportInput) Permissions(aws.Call) []aws.Permission { return onNothing() }

// GetCredentialReportOutput is the report.
type GetCredentialReportOutput struct {
	Content       []byte
	ReportFormat  string
	GeneratedTime time.Time
}

// GetCredentialReport returns the report that GenerateCredentialReport made less than four hours ago (aws-iam section 13).
func (s *Service) GetCredentialReport(ctx context.Context, call aws.Call, _ *GetCredentialReportInput) (*GetCredentialReportOutput, error) {
	var report store.CredentialReport
	err := s.view(ctx, func(tx *store.Tx) (err error) {
		report, err = tx.CredentialReport(ctx, call.Caller.AccountID)
		if errors.Is(err, store.ErrNotFound) {
			return &aws.Error{Code: aws.ReportNotPresent}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if reportExpired(report, call.Now) {
		return nil, &aws.Error{Code: aws.ReportExpired}
	}
	return &GetCredentialReportOutput{Content: report.Content, ReportFormat: "text/csv", GeneratedTime: report.GeneratedAt.Time}, nil
}
