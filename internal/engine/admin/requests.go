package admin

import (
	"context"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// ListRequests implements [mfa.Requests].
func (e *Part) ListRequests(ctx context.Context, req mfa.ListRequestsRequest) (mfa.RequestPage, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "ListRequests", Body: req}, func(a *act.Act, _ *act.Account) (mfa.RequestPage, error) {
		out := mfa.RequestPage{}
		q := mfa.RequestQuery{Before: req.Before, Status: req.Status, Limit: act.PageSize(req.Limit)}
		if req.Status == mfa.RequestExpired || req.Status == mfa.RequestLapsed { // it is kept as pending
			q.Status = mfa.RequestPending
		}
		var err error
		if q.CommunityIDs, err = communities(a, req.Community); err != nil {
			return out, err
		}
		page, err := act.PageOf(q, act.Listing[mfa.RequestQuery, mfa.Request, mfa.RequestInfo, string]{
			Read: a.Read.RequestPage,
			Row:  func(request mfa.Request) mfa.DamagedRow { return mfa.DamagedRow{Sort: "request", ID: request.ID} },
			Key:  func(request mfa.Request) string { return request.ID },
			Tell: func(request mfa.Request) (mfa.RequestInfo, bool, error) {
				info, err := requestInfo(a, request)
				return info, req.Status == "" || info.Status == req.Status, err
			},
		})
		out.Items, out.Next = page.Items, page.Next
		return out, marked(a, &out.Damaged, page.Damaged, req.Community, err)
	})
}

// ShowRequest implements [mfa.Requests].
func (e *Part) ShowRequest(ctx context.Context, req mfa.ShowRequestRequest) (mfa.RequestInfo, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "ShowRequest", Body: req}, func(a *act.Act, _ *act.Account) (mfa.RequestInfo, error) {
		request, err := request(a, req.ID)
		if err != nil {
			return mfa.RequestInfo{}, err
		}
		return requestInfo(a, request)
	})
}
