package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ListRequests implements [mfa.Requests].
func (e *Engine) ListRequests(ctx context.Context, req mfa.ListRequestsRequest) (mfa.RequestPage, error) {
	return perform(ctx, e.runner, spec{method: "ListRequests", body: req}, func(s *scope, _ *account) (mfa.RequestPage, error) {
		out := mfa.RequestPage{Items: []mfa.RequestInfo{}}
		q := mfa.RequestQuery{Before: req.Before, Status: req.Status, Limit: pageSize(req.Limit)}
		if req.Status == mfa.RequestExpired { // it is kept as pending
			q.Status = mfa.RequestPending
		}
		var err error
		if q.CommunityIDs, err = s.communities(req.Community); err != nil {
			return out, err
		}
		rows, more, err := s.r.RequestPage(q)
		if err != nil {
			return out, err
		}
		out.Next = cursor(rows, more, func(row mfa.Request) string { return row.ID })
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

// ShowRequest implements [mfa.Requests].
func (e *Engine) ShowRequest(ctx context.Context, req mfa.ShowRequestRequest) (mfa.RequestInfo, error) {
	return perform(ctx, e.runner, spec{method: "ShowRequest", body: req}, func(s *scope, _ *account) (mfa.RequestInfo, error) {
		a, err := s.request(req.ID)
		if err != nil {
			return mfa.RequestInfo{}, err
		}
		return s.requestInfo(a)
	})
}
