using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Gateway.Keys;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Edge;

/// <summary>The main token, and the way of a browser to pages: <c>/api/auth/token</c>, <c>/api/auth/ticket</c>, <c>/auth/redeem</c>.</summary>
internal static class AuthEndpoints
{
    private const int MaxBody = 8 * 1024;

    public static void MapAuth(this IEndpointRouteBuilder app)
    {
        var auth = app.MapGroup("").WithTags("Credentials");
        auth.MapGet("/api/auth/token", Token).RequireScope(OperatorScope.Admin).WithSummary("What the main token is like; never the token")
            .Answers<TokenAnswer>();
        auth.MapPost("/api/auth/token/refresh", RefreshAsync).RequireScope(OperatorScope.Admin).WithMetadata(new OutlivesItsCredential())
            .WithSummary("A new main token, shown once; the old one is worth nothing from then on").Answers<TokenAnswer>().Fails(ErrorCode.Conflict, ErrorCode.StorageUnavailable);
        auth.MapPost("/api/auth/ticket", TicketAsync).RequireScope(OperatorScope.Read).WithSummary("A link for a browser, good for a minute and for one use")
            .MayTake<TicketBody>().Answers<TicketAnswer>();
        auth.MapGet("/auth/redeem", Redeem).Public("Checks its own one-time code, good for a minute and for one use")
            .WithSummary("Exchange a ticket's code for the cookie that opens pages").Query("code", "The ticket's code", required: true)
            .Query("to", "A path of this gateway to go to; /").Redirects(StatusCodes.Status303SeeOther).Fails(ErrorCode.Unauthorized);
    }

    private static IResult Token(GatewayCredential credential, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        return ApiJson.Result(new TokenAnswer(true, Describe(credential, token: null)), GatewayJson.Default.TokenAnswer);
    }

    private static async Task<IResult> RefreshAsync(
        HttpContext context, GatewayCredential credential, CredentialWatch watch, ConfigFile file, StatePaths paths, RevocationNews news)
    {
        if (context.GetPrincipal().ExpiresAt is not null)
        {
            return new ApiError(ErrorCode.Forbidden, "A key that expires cannot learn the main token, which does not.");
        }

        // Not cancelled with the request from here on: a token that is saved must also begin to count.
        var (token, problem) = await TokenRotation.RunAsync(file, paths.CredentialsDirectory, CancellationToken.None);
        if (token is null)
        {
            return new ApiError(ErrorCode.Conflict, problem);
        }

        await watch.ApplyAsync(CancellationToken.None);
        await news.SendAsync(Principal.Operator.Id);
        if (!credential.Matches(token))
        {
            return new ApiError(ErrorCode.Conflict, "The token was saved and replaced again at once by somebody else; ask xopc gateway token.");
        }

        context.Response.Headers.CacheControl = "no-store";
        return ApiJson.Result(new TokenAnswer(true, Describe(credential, token)), GatewayJson.Default.TokenAnswer);
    }

    private static TokenFacts Describe(GatewayCredential credential, string? token) =>
        new(credential.Mode.ToString().ToLowerInvariant(), credential.Masked, credential.IsGenerated, token);

    private static async Task<IResult> TicketAsync(HttpContext context, Callers callers, Tickets tickets)
    {
        var to = "/";
        if (context.Request.ContentLength is > 0 || context.Request.ContentType is not null)
        {
            to = (await ApiJson.ReadAsync(context, GatewayJson.Default.TicketBody, MaxBody)).To ?? to;
        }

        if (!LocalPath.Is(to))
        {
            return NotLocal();
        }

        if (callers.Of(context.Request) is not { } caller)
        {
            return new ApiError(ErrorCode.Unauthorized); // ended since it was let in
        }

        var code = tickets.Make(caller);
        context.Response.Headers.CacheControl = "no-store";
        return ApiJson.Result(
            new TicketAnswer(true, new Ticket(code, (int)Tickets.Lifetime.TotalSeconds, $"/auth/redeem?code={code}&to={Uri.EscapeDataString(to)}")),
            GatewayJson.Default.TicketAnswer);
    }

    private static IResult Redeem(HttpContext context, Tickets tickets, PageSessions pages)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        var to = request.Query["to"];
        if (to.Count > 1 || !LocalPath.Is(to.Count == 0 ? "/" : to[0]))
        {
            return NotLocal(); // first: the code stays good for the right address
        }

        var code = request.Query["code"];
        if (code.Count != 1 || tickets.Redeem(code[0]) is not { } caller)
        {
            return new ApiError(ErrorCode.Unauthorized, "This link was used before, or is older than a minute. Make a new one with: xopc open");
        }

        response.Cookies.Append(PageSessions.CookieName, pages.Open(caller), new CookieOptions
        {
            HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", Secure = request.IsHttps, MaxAge = PageSessions.Lifetime, IsEssential = true,
        });
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.Location = to.Count == 0 ? "/" : to[0];
        return Results.Empty;
    }

    private static ApiError NotLocal() => new(ErrorCode.InvalidRequest, "to must be a path of this gateway, like /reference.");
}

/// <summary><c>{"ok":true,"payload":{"mode":"token","masked":"0123abcd…89ef0123","generated":true}}</c></summary>
internal sealed record TokenAnswer(bool Ok, TokenFacts Payload);

/// <param name="Mode"><c>token</c>, <c>password</c> or <c>none</c>.</param>
/// <param name="Token">The new one, once, in the answer of a refresh.</param>
internal sealed record TokenFacts(string Mode, string? Masked, bool Generated, string? Token);

/// <summary>Body of <c>POST /api/auth/ticket</c>; may be left out.</summary>
/// <param name="To">The page to open, a path of this gateway; <c>/</c> when left out.</param>
internal sealed record TicketBody(string? To);

internal sealed record TicketAnswer(bool Ok, Ticket Payload);

/// <param name="Url">To be opened on the gateway's own address.</param>
internal sealed record Ticket(string Code, int ExpiresInSeconds, string Url);
