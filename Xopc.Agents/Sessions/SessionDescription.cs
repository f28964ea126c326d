using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary>What an owner says about a session: its name and its tags.</summary>
internal static class SessionDescription
{
    private const int MaxBodyBytes = 64 * 1024;
    private const int MaxNameLength = 200;
    private const int MaxTags = 32;
    private const int MaxTagLength = 50;

    public static async Task<IResult> PatchAsync(
        string key, HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, SessionEvents events, TimeProvider clock)
    {
        var name = SessionNames.FromRoute(key, context.GetPrincipal());
        var patch = await ApiJson.ReadAsync(context, AgentsJson.Default.PatchSession, MaxBodyBytes);
        var now = clock.GetUtcNow();
        var session = await database.WriteAsync(
            tx =>
            {
                var found = SessionStore.Find(tx, name, context.GetPrincipal()) ?? throw SessionNames.NotFound();
                var described = Apply(found, patch);
                if (ReferenceEquals(described, found))
                {
                    return found; // nothing was said of it
                }

                SessionStore.Describe(tx, described, now.ToUnixTimeMilliseconds());
                tx.OnCommitted(() => events.Updated(described.Key, described.Name, tags: described.Tags));
                return described with { UpdatedAt = now };
            },
            CancellationToken.None);
        return ApiJson.Result(new SessionAnswer(session.AsOf(now)), AgentsJson.Default.SessionAnswer);
    }

    /// <summary>A name as it will be kept.</summary>
    public static string CheckName(string? name) => Check(name, MaxNameLength) ?? throw Invalid($"name must have 1 to {MaxNameLength} characters and no control characters.");

    internal static Session Apply(Session session, PatchSession patch)
    {
        if (patch.Name is not null)
        {
            session = session with { Name = CheckName(patch.Name) };
        }

        if (patch.Tags is null)
        {
            return patch.ReplaceTags == true ? throw Invalid("replaceTags says that tags are replaced, and there are no tags; [] removes them.") : session;
        }

        // Kept one per line, so none may hold a control character; "Work" and "work" are the same tag, the one that was there first stays.
        var given = patch.Tags.Select(static tag => Check(tag, MaxTagLength) ?? throw Invalid($"Each of tags must have 1 to {MaxTagLength} characters and no control characters."));
        var tags = (patch.ReplaceTags == true ? given : session.Tags.Concat(given)).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        return tags.Count <= MaxTags ? session with { Tags = tags } : throw Invalid($"A session has at most {MaxTags} tags.");
    }

    private static string? Check(string? text, int maxLength) =>
        text?.Trim() is { Length: > 0 } trimmed && trimmed.Length <= maxLength && !trimmed.Any(char.IsControl) ? trimmed : null;

    private static ApiException Invalid(string message) => new(ErrorCode.InvalidRequest, message);
}

/// <summary>Body of <c>PATCH /api/sessions/{key}</c>: what is absent stays. Tags are added unless <paramref name="ReplaceTags"/>.</summary>
internal sealed record PatchSession(string? Name, IReadOnlyList<string?>? Tags, bool? ReplaceTags);

/// <summary><c>{"session":{…metadata}}</c></summary>
internal sealed record SessionAnswer(Session Session);
