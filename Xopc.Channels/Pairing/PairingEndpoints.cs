using Xopc.Channels.Accounts;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.Storage;

namespace Xopc.Channels.Pairing;

/// <summary><c>/api/channels/pairing</c>: who waits to be let in, who is in, and the operator's decisions.</summary>
internal static class PairingEndpoints
{
    private const int MaxBodyBytes = 16 * 1024;
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(30);

    public static void MapPairingEndpoints(this IEndpointRouteBuilder routes)
    {
        var pairing = routes.MapGroup("/api/channels/pairing").WholeInstallation();
        pairing.MapGet("", GetAsync).RequireScope(OperatorScope.Admin).WithSummary("Who waits to be let in to an account, and who is in")
            .Query("channel", "For example telegram", required: true).Query("account", "default").Answers<PairingState>().Fails(ErrorCode.ChannelNotFound);
        pairing.MapGet("/summary", SummaryAsync).RequireScope(OperatorScope.Admin).WithSummary("How many wait, account by account").Answers<PairingSummary>();
        pairing.MapPost("/approve", ApproveCodeAsync).RequireScope(OperatorScope.Admin).WithSummary("Let a sender in by the code he was shown")
            .Takes<PairingOrder>("channel", "code").Answers<PairingAnswer>().Fails(ErrorCode.ChannelNotFound, ErrorCode.NotFound);
        pairing.MapPost("/approve-sender", ApproveSenderAsync).RequireScope(OperatorScope.Admin).WithSummary("Let a sender in by his id")
            .Takes<PairingOrder>("channel", "senderId").Answers<PairingAnswer>().Fails(ErrorCode.ChannelNotFound, ErrorCode.NotFound);
        pairing.MapDelete("/paired", RevokeAsync).RequireScope(OperatorScope.Admin).WithSummary("Shut a sender out who was let in at run time")
            .Takes<PairingOrder>("channel", "senderId").Answers<PairingAnswer>().Fails(ErrorCode.ChannelNotFound, ErrorCode.NotFound);
        pairing.MapDelete("/pending", DismissAsync).RequireScope(OperatorScope.Admin).WithSummary("Dismiss a request")
            .Takes<PairingOrder>("channel", "senderId").Answers<PairingAnswer>().Fails(ErrorCode.ChannelNotFound, ErrorCode.NotFound);
    }

    private static async Task<IResult> GetAsync(HttpContext context, [FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, TimeProvider clock)
    {
        var query = context.Request.Query;
        var settings = Account(accounts, query["channel"].ToString(), query["account"].ToString());
        var now = clock.GetUtcNow();
        var state = await database.ReadAsync(
            reader => new PairingState(
                settings.Channel, settings.AccountId, settings.Access.DmPolicy,
                [.. PairingTable.List(reader, settings.Channel, settings.AccountId, now.ToUnixTimeMilliseconds()).Select(request => View(request, now))],
                [.. settings.Access.AllowFrom], AllowedSenders.List(reader, settings.Channel, settings.AccountId)),
            context.RequestAborted);
        return ApiJson.Result(state, ChannelsJson.Default.PairingState);
    }

    private static async Task<IResult> SummaryAsync(HttpContext context, [FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, TimeProvider clock)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var counts = await database.ReadAsync(
            reader => accounts.All.Select(settings => new PairingCount(
                settings.Channel, settings.AccountId, PairingTable.List(reader, settings.Channel, settings.AccountId, now).Count)).ToList(),
            context.RequestAborted);
        return ApiJson.Result(new PairingSummary(counts), ChannelsJson.Default.PairingSummary);
    }

    private static Task<IResult> ApproveCodeAsync(HttpContext context, [FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, PairingRequests requests, TimeProvider clock) =>
        ApproveAsync(context, database, accounts, requests, clock, static order => (order.Code, null), "code", "There is no request with this code; it may have expired.");

    private static Task<IResult> ApproveSenderAsync(HttpContext context, [FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, PairingRequests requests, TimeProvider clock) =>
        ApproveAsync(context, database, accounts, requests, clock, static order => (null, order.SenderId), "senderId", "There is no request of this sender for this account.");

    private static async Task<IResult> ApproveAsync(
        HttpContext context, Database database, IAccounts accounts, PairingRequests requests, TimeProvider clock, Func<PairingOrder, (string? Code, string? SenderId)> by, string field,
        string missing)
    {
        var order = await ApiJson.ReadAsync(context, ChannelsJson.Default.PairingOrder, MaxBodyBytes);
        var (code, sender) = by(order);
        if (string.IsNullOrWhiteSpace(code ?? sender))
        {
            throw new ApiException(ErrorCode.InvalidRequest, $"Missing required field: {field}");
        }

        var among = Among(accounts, order, byCode: code is not null);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var (settings, taken) = await database.WriteAsync(
            tx =>
            {
                foreach (var settings in among)
                {
                    if (PairingTable.Take(tx, settings.Channel, settings.AccountId, code, sender, now) is { } request)
                    {
                        AllowedSenders.Add(tx, request, context.GetPrincipal().Id, now);
                        return (settings, request);
                    }
                }

                return (among[0], (PairingRequest?)null);
            },
            CancellationToken.None);
        return taken is null ? new ApiError(ErrorCode.NotFound, missing) : Done(requests, "approved", settings, taken.SenderId);
    }

    /// <summary>A code names one request of one account, so that nobody has to say which; a sender may wait at several.</summary>
    private static List<AccountSettings> Among(IAccounts accounts, PairingOrder order, bool byCode)
    {
        var all = byCode && order.AccountId is null && order.Account is null
            ? accounts.All.Where(settings => settings.Channel.Equals(order.Channel, StringComparison.OrdinalIgnoreCase)).ToList()
            : [];
        return all.Count > 0 ? all : [Account(accounts, order.Channel ?? "", order.AccountId ?? order.Account ?? "")];
    }

    private static async Task<IResult> RevokeAsync(HttpContext context, [FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, PairingRequests requests)
    {
        var (order, settings) = await ReadAsync(context, accounts);
        var sender = Sender(order);
        if (await database.WriteAsync(tx => AllowedSenders.Remove(tx, settings.Channel, settings.AccountId, sender), CancellationToken.None))
        {
            return Done(requests, "revoked", settings, sender);
        }

        return settings.Access.AllowFrom.Contains(sender)
            ? new ApiError(ErrorCode.Conflict, $"The sender stands in channels.{settings.Channel}'s allowFrom; remove him there.")
            : new ApiError(ErrorCode.NotFound, "This sender was not let in.");
    }

    private static async Task<IResult> DismissAsync(
        HttpContext context, [FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, PairingRequests requests, TimeProvider clock)
    {
        var (order, settings) = await ReadAsync(context, accounts);
        var sender = Sender(order);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await database.WriteAsync(tx => PairingTable.Take(tx, settings.Channel, settings.AccountId, null, sender, now), CancellationToken.None) is null
            ? new ApiError(ErrorCode.NotFound, "There is no request of this sender for this account.")
            : Done(requests, "dismissed", settings, sender);
    }

    private static async Task<(PairingOrder Order, AccountSettings Settings)> ReadAsync(HttpContext context, IAccounts accounts)
    {
        var order = await ApiJson.ReadAsync(context, ChannelsJson.Default.PairingOrder, MaxBodyBytes);
        return (order, Account(accounts, order.Channel ?? "", order.AccountId ?? order.Account ?? ""));
    }

    private static AccountSettings Account(IAccounts accounts, string channel, string account)
    {
        if (channel.Length == 0)
        {
            throw new ApiException(ErrorCode.InvalidRequest, "Missing required field: channel");
        }

        // Also an account that is switched off has its list.
        var id = account.Length == 0 ? null : SessionKeySegment.AccountId(account);
        var found = accounts.Find(channel, id);
        return accounts.All.FirstOrDefault(settings => settings.Channel.Equals(channel, StringComparison.OrdinalIgnoreCase) && settings.AccountId == (id ?? found.Account?.Settings.AccountId ?? "default"))
            ?? throw new ApiException(found.Outcome == AccountLookupOutcome.NoChannel ? ErrorCode.ChannelNotFound : ErrorCode.InvalidRequest, found.Reason ?? "There is no such account.");
    }

    private static string Sender(PairingOrder order) =>
        order.SenderId is { } sender && !string.IsNullOrWhiteSpace(sender) ? sender.Trim() : throw new ApiException(ErrorCode.InvalidRequest, "Missing required field: senderId");

    private static IResult Done(PairingRequests requests, string what, AccountSettings settings, string sender)
    {
        requests.Tell(what, settings.Channel, settings.AccountId, sender);
        return ApiJson.Result(new PairingAnswer(true, settings.Channel, settings.AccountId, sender), ChannelsJson.Default.PairingAnswer);
    }

    private static PendingSender View(PairingRequest request, DateTimeOffset now)
    {
        var created = DateTimeOffset.FromUnixTimeMilliseconds(request.CreatedMs);
        return new PendingSender(
            request.SenderId, request.Name, request.Code[^4..], created, DateTimeOffset.FromUnixTimeMilliseconds(request.SeenMs),
            DateTimeOffset.FromUnixTimeMilliseconds(request.ExpiresMs), now - created > Stale);
    }
}

/// <summary>Body of the pairing orders.</summary>
internal sealed record PairingOrder(string? Channel, string? AccountId, string? Account, string? Code, string? SenderId);

/// <summary>Answer of <c>GET /api/channels/pairing</c>.</summary>
/// <param name="FromConfig">Configured senders.</param>
/// <param name="Paired">Senders let in at run time.</param>
internal sealed record PairingState(
    string Channel, string AccountId, string DmPolicy, IReadOnlyList<PendingSender> Pending, IReadOnlyList<string> FromConfig, IReadOnlyList<AllowedSender> Paired);

/// <summary>A sender who waits; his code is known to him and its end is shown here.</summary>
internal sealed record PendingSender(
    string SenderId, string? Name, string CodeLast4, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, DateTimeOffset ExpiresAt, bool IsStale);

internal sealed record PairingSummary(IReadOnlyList<PairingCount> Accounts);

internal sealed record PairingCount(string Channel, string AccountId, int Pending);

internal sealed record PairingAnswer(bool Ok, string Channel, string AccountId, string SenderId);
