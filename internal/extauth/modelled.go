package extauth

import (
	"context"
	"errors"
	"strings"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awsmodel"
	"github.com/daypass/daypass/internal/enforce"
)

// modelledQuestion is about a request to a service that package awsmodel speaks.
type modelledQuestion struct{ *exchange }

func (m *modelledQuestion) asked() awsmodel.Request {
	q := m.question
	path, query, _ := strings.Cut(q.Target, "?")
	return awsmodel.Request{
		Method: q.Method, RawPath: path, RawQuery: query, Header: q.Header, Body: q.Body.Bytes, Region: m.call.Region, AccountID: m.service.Account,
	}
}

func (m *modelledQuestion) decide(ctx context.Context) error {
	if err := m.Judge.Authenticate(ctx, &m.service.Service, &m.request, m.call, m.body); err != nil {
		return err
	}
	asked := m.asked()
	named, err := m.service.Model.Name(asked)
	if err != nil {
		return err
	}
	m.event.Action = named.Operation
	m.event.ReadOnly = enforce.Reads(named.Operation)
	if strings.TrimSuffix(asked.RawPath, "/") != strings.TrimSuffix(named.Path, "/") {
		return unclearError("the path is not in its canonical form")
	}
	for _, p := range named.Permissions {
		if err := m.Judge.Allowed(ctx, &m.service.Service, *m.call, p); err != nil {
			return err
		}
	}
	return nil
}

// body is the body that is signed. Where it was not sent, only REST has requests that are the same whether they have one
// or not: the methods whose bodies mean nothing.
func (m *modelledQuestion) body(*authn.Candidate) ([]byte, error) {
	q := m.question
	if q.Body.Whole {
		return q.Body.Bytes, nil
	}
	switch protocol := m.service.Model.Protocol(m.asked()); {
	case q.announcesBody(), protocol != awsmodel.RESTJSON && protocol != awsmodel.RESTXML:
		return nil, errUnseen
	case q.Method == methodGet, q.Method == methodHead, q.Method == methodDelete:
		return nil, nil
	}
	return nil, errUnseen
}

func (m *modelledQuestion) refusal(err error) (*Refusal, *aws.Error) {
	if text, ok := errors.AsType[unclearError](err); ok {
		kind := awsmodel.Ambiguous
		if text == errUnseen {
			kind = awsmodel.Unsupported
		}
		err = &awsmodel.RefusalError{Kind: kind, Protocol: m.service.Model.Protocol(m.asked()), Reason: string(text)}
	}
	protocol := m.service.Model.Protocol(m.asked())
	if refusal, ok := errors.AsType[*awsmodel.RefusalError](err); ok {
		protocol = refusal.Protocol
	}
	fault := enforce.Fault(m.service.Model, protocol, err)
	r := Refusal(m.service.Model.Reply(protocol, fault, m.call.RequestID, m.question.Method == methodHead))
	return &r, enforce.Recorded(fault.Code, fault.Message, err)
}
