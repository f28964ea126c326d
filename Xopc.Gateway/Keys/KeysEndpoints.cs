using System.Text.Json.Serialization;
using Xopc.Contracts;
using Xopc.Gateway.Edge;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Keys;

/// <summary><c>/api/keys</c>: make, list, revoke. The edge's own, in both shapes.</summary>
internal static class KeysEndpoints
{
    private const int MaxBody = 64 * 1024;
    private const int MaxDays = 3_650;
    private const string IdMeaning = "The key's id, 12 letters and digits";

    public static void MapKeys(this IEndpointRouteBuilder app)
    {
        var keys = app.MapGroup("/api/keys").WithTags("Credentials");
        keys.MapPost("", CreateAsync).RequireScope(OperatorScope.Admin).WithSummary("Create an API key; it is shown this once")
            .Takes<CreateKey>("name", "scope|scopes").Answers<KeyAnswer>(StatusCodes.Status201Created).Fails(ErrorCode.Conflict, ErrorCode.StorageUnavailable);
        keys.MapGet("", ListAsync).RequireScope(OperatorScope.Admin).WithSummary("List the API keys").Answers<KeysAnswer>().Fails(ErrorCode.StorageUnavailable);
        keys.MapGet("/me", Me).RequireScope(OperatorScope.Read).WithSummary("Who is asking, and what they may do").Answers<MeAnswer>();
        keys.MapGet("/{id}", GetAsync).RequireScope(OperatorScope.Admin).WithSummary("One API key; never its secret")
            .Route("id", IdMeaning).Answers<KeyAnswer>().Fails(ErrorCode.NotFound, ErrorCode.StorageUnavailable);
        keys.MapDelete("/{id}", RevokeAsync).RequireScope(OperatorScope.Admin).WithMetadata(new OutlivesItsCredential())
            .WithSummary("Revoke an API key for ever; its streams end within a second").Route("id", IdMeaning).Answers<KeyAnswer>()
            .Fails(ErrorCode.NotFound, ErrorCode.StorageUnavailable);
    }

    private static async Task<IResult> CreateAsync(HttpContext context, ApiKeyStore store, KeyWatch watch, TimeProvider clock)
    {
        var body = await ApiJson.ReadAsync(context, GatewayJson.Default.CreateKey, MaxBody);
        var (request, problem) = Read(body, clock.GetUtcNow());
        if (request is null)
        {
            return new ApiError(ErrorCode.InvalidRequest, problem);
        }

        var created = await store.CreateAsync(request, context.GetPrincipal(), CancellationToken.None);
        if (created.Key is not { } key)
        {
            return new ApiError(created.Outcome is ApiKeyOutcome.Forbidden ? ErrorCode.Forbidden : ErrorCode.Conflict, created.Problem);
        }

        await watch.RefreshAsync(CancellationToken.None); // good in this process before its owner can use it
        context.Response.Headers.CacheControl = "no-store";
        return ApiJson.Result(new KeyAnswer(true, KeyFacts.Of(key, clock.GetUtcNow(), null) with { Key = created.Text }), GatewayJson.Default.KeyAnswer, StatusCodes.Status201Created);
    }

    private static async Task<IResult> ListAsync(HttpContext context, ApiKeyStore store, LiveKeys live, TimeProvider clock)
    {
        var keys = await store.ListAsync(context.RequestAborted);
        var now = clock.GetUtcNow();
        return ApiJson.Result(new KeysAnswer(true, new KeyList([.. keys.Select(key => KeyFacts.Of(key, now, live.LastUseOf(key.Id)))])), GatewayJson.Default.KeysAnswer);
    }

    private static async Task<IResult> GetAsync(string id, HttpContext context, ApiKeyStore store, LiveKeys live, TimeProvider clock) =>
        ApiKeyText.IsId(id) && await store.FindAsync(id, context.RequestAborted) is { } key
            ? ApiJson.Result(new KeyAnswer(true, KeyFacts.Of(key, clock.GetUtcNow(), live.LastUseOf(id))), GatewayJson.Default.KeyAnswer)
            : Unknown();

    private static async Task<IResult> RevokeAsync(string id, ApiKeyStore store, LiveKeys live, KeyWatch watch, RevocationNews news, TimeProvider clock)
    {
        if (!ApiKeyText.IsId(id) || await store.RevokeAsync(id, CancellationToken.None) is not { } key)
        {
            return Unknown();
        }

        live.End(id);
        await watch.RefreshAsync(CancellationToken.None);
        await news.SendAsync(id);
        return ApiJson.Result(new KeyAnswer(true, KeyFacts.Of(key, clock.GetUtcNow(), null)), GatewayJson.Default.KeyAnswer);
    }

    private static IResult Me(HttpContext context)
    {
        var principal = context.GetPrincipal();
        return ApiJson.Result(
            new MeAnswer(true, new CallerFacts(principal.Id, ApiKeyRequest.NamesUpTo(principal.Scope), principal.Agents, principal.Sessions, principal.ExpiresAt)),
            GatewayJson.Default.MeAnswer);
    }

    private static (ApiKeyRequest? Request, string? Problem) Read(CreateKey body, DateTimeOffset now)
    {
        if (body is { Scope: not null, Scopes: not null })
        {
            return (null, "Say scope or scopes, not both.");
        }

        if (body is { ExpiresAt: not null, ExpiresInDays: not null })
        {
            return (null, "Say expiresAt or expiresInDays, not both.");
        }

        if (body.ExpiresInDays is < 1 or > MaxDays)
        {
            return (null, $"expiresInDays must be 1 to {MaxDays}.");
        }

        return ApiKeyRequest.Read(
            body.Name, body.Scopes ?? (body.Scope is null ? null : [body.Scope]), body.Agents, body.Sessions,
            body.ExpiresAt ?? (body.ExpiresInDays is { } days ? now.AddDays(days) : null), now);
    }

    private static ApiError Unknown() => new(ErrorCode.NotFound, "There is no key of this id.");
}

/// <summary>Body of <c>POST /api/keys</c>. A field that is not known is refused: a misspelled limit would be a key without it.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record CreateKey(
    string? Name, string? Scope, IReadOnlyList<string?>? Scopes, IReadOnlyList<string?>? Agents, IReadOnlyList<string?>? Sessions, DateTimeOffset? ExpiresAt,
    int? ExpiresInDays);

internal sealed record KeyAnswer(bool Ok, KeyFacts Payload);

internal sealed record KeysAnswer(bool Ok, KeyList Payload);

internal sealed record KeyList(IReadOnlyList<KeyFacts> Keys);

/// <param name="Agents">Left out: all.</param>
/// <param name="Sessions">Left out: all.</param>
/// <param name="State"><c>active</c>, <c>expired</c> or <c>revoked</c>.</param>
/// <param name="Key">The key itself, once, in the answer of its creation.</param>
internal sealed record KeyFacts(
    string Id, string Name, IReadOnlyList<string> Scopes, IReadOnlyList<string>? Agents, IReadOnlyList<string>? Sessions, string State, string CreatedBy,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt, string? Key = null)
{
    public static KeyFacts Of(ApiKey key, DateTimeOffset now, DateTimeOffset? usedHere) => new(
        key.Id, key.Name, ApiKeyRequest.NamesUpTo(key.Scope), key.Agents, key.Sessions, key.State(now), key.CreatedBy, key.CreatedAt, key.ExpiresAt,
        key.RevokedAt, usedHere > key.LastUsedAt || key.LastUsedAt is null ? usedHere : key.LastUsedAt);
}

internal sealed record MeAnswer(bool Ok, CallerFacts Payload);

/// <summary>Who the caller is.</summary>
internal sealed record CallerFacts(string Id, IReadOnlyList<string> Scopes, IReadOnlyList<string>? Agents, IReadOnlyList<string>? Sessions, DateTimeOffset? ExpiresAt);
