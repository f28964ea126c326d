using System.Globalization;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary><c>/api/deliveries</c>: the ledger, and what an operator decides about its dead ones.</summary>
internal static class DeliveriesEndpoints
{
    private const int MaxLimit = 200;

    public static void MapLedger(this IEndpointRouteBuilder routes)
    {
        var deliveries = routes.MapGroup("/api/deliveries");
        deliveries.Route("delivery", "The delivery's id");
        deliveries.MapGet("", ListAsync).RequireScope(OperatorScope.Read).WithSummary("Deliveries, newest first")
            .Query("state", "Only these", oneOf: DeliveryStates.All).Query("channel", "Only this channel").Query("accountId", "Only this account").Query("chatId", "Only this conversation")
            .Query("limit", "50", 1, MaxLimit).Query("cursor", "nextCursor of the page before").Answers<DeliveryPage>();
        deliveries.MapGet("/{delivery}", GetAsync).RequireScope(OperatorScope.Read).WithSummary("One delivery with its text and its messages").Answers<DeliveryView>().Fails(ErrorCode.NotFound);
        deliveries.MapPost("/{delivery}/retry", RetryAsync).RequireScope(OperatorScope.Write).WithSummary("Send a failed, expired or held delivery again; what people saw of it is left out")
            .Answers<DeliveryChanged>().Fails(ErrorCode.NotFound, ErrorCode.Conflict);
        deliveries.MapPost("/{delivery}/discard", DiscardAsync).RequireScope(OperatorScope.Write).WithSummary("End a failed, expired or held delivery for good")
            .Answers<DeliveryChanged>().Fails(ErrorCode.NotFound, ErrorCode.Conflict);
    }

    public static async Task<IResult> GetAsync(string delivery, HttpContext context, [FromKeyedServices(ChannelsSchema.Database)] Database database)
    {
        var (id, principal) = (IdOf(delivery), context.GetPrincipal());
        var view = await database.ReadAsync(
            reader => DeliveryLedger.Find(reader, id) is { } found && MaySee(principal, found) ? DeliveryView.Of(found, DeliveryLedger.Parts(reader, id)) : null,
            context.RequestAborted);
        return view is null ? NotFound() : ApiJson.Result(view, ChannelsJson.Default.DeliveryView);
    }

    private static async Task<IResult> ListAsync(HttpContext context, [FromKeyedServices(ChannelsSchema.Database)] Database database)
    {
        var query = Read(context.Request.Query);
        var principal = context.GetPrincipal();
        var page = await database.ReadAsync(
            reader => principal.IsRestricted ? ReadSeen(reader, query, principal) : DeliveryLedger.List(reader, query with { Limit = query.Limit + 1 }), context.RequestAborted);
        var shown = page.Take(query.Limit).ToList();
        var next = page.Count > query.Limit ? shown[^1].Seq.ToString(CultureInfo.InvariantCulture) : null;
        return ApiJson.Result(new DeliveryPage([.. shown.Select(DeliveryView.Of)], next), ChannelsJson.Default.DeliveryPage);
    }

    private static async Task<IResult> RetryAsync(
        string delivery, HttpContext context, [FromKeyedServices(ChannelsSchema.Database)] Database database, DeliveryStreamIntake intake, DeliveryLanes lanes, TimeProvider clock)
    {
        var found = await FindAsync(delivery, context, database);
        var now = clock.GetUtcNow();
        var notAfter = intake.NotAfterMs(found.Target.Channel, found.Target.AccountId, now);
        if (!await database.WriteAsync(tx => DeliveryLedger.Retry(tx, found.Id, notAfter, now.ToUnixTimeMilliseconds()), CancellationToken.None))
        {
            return NotDead(found);
        }

        lanes.Wake();
        return ApiJson.Result(new DeliveryChanged(true, DeliveryStates.Queued), ChannelsJson.Default.DeliveryChanged);
    }

    private static async Task<IResult> DiscardAsync(string delivery, HttpContext context, [FromKeyedServices(ChannelsSchema.Database)] Database database)
    {
        var found = await FindAsync(delivery, context, database);
        return await database.WriteAsync(tx => DeliveryLedger.Discard(tx, found.Id), CancellationToken.None)
            ? ApiJson.Result(new DeliveryChanged(true, DeliveryStates.Discarded), ChannelsJson.Default.DeliveryChanged)
            : NotDead(found);
    }

    // Routing decodes once, except %2F, which it leaves; an id with an Idempotency-Key in it may have a slash, and never a percent sign.
    private static string IdOf(string delivery) => delivery.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static async Task<Delivery> FindAsync(string delivery, HttpContext context, Database database)
    {
        var (id, principal) = (IdOf(delivery), context.GetPrincipal());
        var found = await database.ReadAsync(reader => DeliveryLedger.Find(reader, id), context.RequestAborted);
        return found is not null && MaySee(principal, found) ? found : throw new ApiException(ErrorCode.NotFound, "There is no such delivery.");
    }

    // A restricted caller's page is filled by looking on until it is full: what it may not see must not show as a gap either.
    private static List<Delivery> ReadSeen(DatabaseReader reader, DeliveryQuery query, Principal principal)
    {
        var seen = new List<Delivery>();
        for (var step = query with { Limit = MaxLimit }; seen.Count <= query.Limit;)
        {
            var rows = DeliveryLedger.List(reader, step);
            seen.AddRange(rows.Where(delivery => MaySee(principal, delivery)));
            if (rows.Count < MaxLimit)
            {
                break;
            }

            step = step with { Before = rows[^1].Seq };
        }

        return seen;
    }

    private static bool MaySee(Principal principal, Delivery delivery) =>
        !principal.IsRestricted || (SessionKey.TryParse(delivery.SessionKey, null, out var key) && principal.MayTouch(key));

    private static DeliveryQuery Read(IQueryCollection query)
    {
        var state = One(query, "state");
        if (state is not null && !DeliveryStates.All.Contains(state, StringComparer.Ordinal))
        {
            throw new ApiException(ErrorCode.InvalidRequest, $"state is one of {string.Join(", ", DeliveryStates.All)}.");
        }

        return new DeliveryQuery(
            state, One(query, "channel")?.ToLowerInvariant(), One(query, "accountId"), One(query, "chatId"), (int)(Number(query, "limit", 1, MaxLimit) ?? 50),
            Number(query, "cursor", 1, long.MaxValue));
    }

    private static string? One(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

    private static long? Number(IQueryCollection query, string name, long min, long max)
    {
        if (One(query, name) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new ApiException(ErrorCode.InvalidRequest, name == "cursor" ? "cursor is not the nextCursor of a page." : $"{name} is a number from {min} to {max}.");
    }

    private static ApiError NotFound() => new(ErrorCode.NotFound, "There is no such delivery.");

    private static ApiError NotDead(Delivery delivery) =>
        new(ErrorCode.Conflict, $"The delivery is {delivery.State}; only failed, expired and unknown ones can be sent again or discarded.");
}
