package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ListApprovals implements [mfa.Approvals].
func (e *Engine) ListApprovals(ctx context.Context, req mfa.ListApprovalsRequest) (mfa.ApprovalPage, error) {
	return perform(ctx, e.runner, spec{method: "ListApprovals", body: req}, func(s *scope, _ *account) (mfa.ApprovalPage, error) {
		out := mfa.ApprovalPage{Items: []mfa.ApprovalInfo{}}
		q := mfa.ApprovalQuery{Before: req.Before, Status: req.Status, Limit: pageSize(req.Limit)}
		if req.Status == mfa.ApprovalExpired { // it is kept as pending
			q.Status = mfa.ApprovalPending
		}
		var err error
		if q.CommunityIDs, err = s.communities(req.Community); err != nil {
			return out, err
		}
		rows, more, err := s.r.ApprovalPage(q)
		if err != nil {
			return out, err
		}
		out.Next = cursor(rows, more, func(row mfa.Approval) string { return row.ID })
		for _, a := range rows {
			info, err := s.requestInfo(a)
			if err != nil {
				return out, err
			}
			if req.Status == "" || info.Status == req.Status {
				out.Items = append(out.Items, info)
			}
		}
		return out, nil
	})
}

// ShowApproval implements [mfa.Approvals].
func (e *Engine) ShowApproval(ctx context.Context, req mfa.ShowApprovalRequest) (mfa.ApprovalInfo, error) {
	return perform(ctx, e.runner, spec{method: "ShowApproval", body: req}, func(s *scope, _ *account) (mfa.ApprovalInfo, error) {
		a, err := s.request(req.ID)
		if err != nil {
			return mfa.ApprovalInfo{}, err
		}
		return s.requestInfo(a)
	})
}
