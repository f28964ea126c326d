using FsCheck.Xunit;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Contracts;
using Xopc.Gateway.Keys;

namespace Xopc.Gateway.Tests.Keys;

/// <summary>No sequence of creations reaches further than the credential it began with: not in scope, nor in objects, nor in time.</summary>
public sealed class ScopeLatticeProperties
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] AllAgents = ["a", "b", "c"];
    private static readonly string[] AllSessions = [.. from agent in AllAgents from peer in (string[])["1", "2"] select $"{agent}:webchat:default:direct:{peer}"];

    [Property(MaxTest = 1_000)]
    public bool Nobody_makes_a_key_that_reaches_further_than_any_of_its_makers(byte[] choices)
    {
        var next = 0;
        int Choose(int count) => next < choices.Length ? choices[next++] % count : 0;
        List<Principal> line = [.. Root(Choose)];
        while (next < choices.Length)
        {
            // Any of those made so far, so that paths cross.
            var maker = line[Choose(line.Count)];
            var wish = new ApiKeyRequest("k", (OperatorScope)(1 + Choose(3)), Some(AllAgents, Choose), Some(AllSessions, Choose), Instant(Choose));
            if (wish.Within(maker).Request is { } granted)
            {
                var made = new Principal("key:made", granted.Scope, granted.Agents, granted.Sessions, granted.ExpiresAt);
                if (!IsWithin(made, maker) || !IsWithin(made, line[0]) || (made.IsRestricted && made.Scope is OperatorScope.Admin))
                {
                    return false;
                }

                line.Add(made);
            }
        }

        return true;
    }

    [Fact]
    public void A_wish_within_the_makers_own_is_granted_so_that_the_rule_is_not_simply_no()
    {
        var maker = new Principal("key:m", OperatorScope.Write, ["a", "b"], null, Now.AddDays(2));

        Assert.NotNull(new ApiKeyRequest("k", OperatorScope.Write, ["a"], null, Now.AddDays(1)).Within(maker).Request);
        var inherited = new ApiKeyRequest("k", OperatorScope.Read, null, null, null).Within(maker).Request!;
        Assert.Equal(["a", "b"], inherited.Agents!);
        Assert.Equal(maker.ExpiresAt, inherited.ExpiresAt);
        Assert.Null(new ApiKeyRequest("k", OperatorScope.Read, ["c"], null, null).Within(maker).Request);
        Assert.Null(new ApiKeyRequest("k", OperatorScope.Read, null, null, Now.AddDays(3)).Within(maker).Request);
    }

    [Fact]
    public async Task An_expiring_admin_key_makes_only_keys_that_end_with_it_and_a_revoked_one_makes_none()
    {
        await using var edge = await KeyHost.StartAsync();
        var (id, admin) = await edge.CreateAsync(edge.MainToken(), """{"name":"admin","scope":"operator.admin","expiresInDays":10}""");

        Assert.Equal(403, await edge.StatusAsync(HttpMethod.Post, "/api/keys", admin, """{"name":"longer","scope":"operator.read","expiresInDays":11}"""));
        var (child, _) = await edge.CreateAsync(admin, """{"name":"inherits","scope":"operator.admin"}""");
        var ends = (await edge.PayloadAsync(HttpMethod.Get, $"/api/keys/{id}", edge.MainToken())).GetProperty("expiresAt").GetString();
        Assert.Equal(ends, (await edge.PayloadAsync(HttpMethod.Get, $"/api/keys/{child}", edge.MainToken())).GetProperty("expiresAt").GetString());

        // As for a request that was let in just before its key was revoked.
        var store = edge.Services.GetRequiredService<ApiKeyStore>();
        var maker = (await store.FindAsync(id, TestContext.Current.CancellationToken))!.Principal;
        await store.RevokeAsync(id, TestContext.Current.CancellationToken);
        var made = await store.CreateAsync(new ApiKeyRequest("late", OperatorScope.Read, null, null, null), maker, TestContext.Current.CancellationToken);
        Assert.Equal(ApiKeyOutcome.Forbidden, made.Outcome);
    }

    private static IEnumerable<Principal> Root(Func<int, int> choose)
    {
        var limited = choose(2) == 1;
        yield return new Principal(
            "key:root", (OperatorScope)(1 + choose(limited ? 2 : 3)), limited ? Some(AllAgents, choose) : null, limited ? Some(AllSessions, choose) : null, Instant(choose));
    }

    private static string[]? Some(string[] all, Func<int, int> choose) => choose(3) == 0 ? null : [.. all.Where((text, i) => i == 0 || choose(2) == 1)];

    private static DateTimeOffset? Instant(Func<int, int> choose) => choose(3) == 0 ? null : Now.AddDays(choose(10));

    // Said anew here, by what each of them can reach, not by how the rule is written.
    private static bool IsWithin(Principal inner, Principal outer) =>
        inner.Scope <= outer.Scope
        && AllSessions.All(key => !inner.MayTouch(SessionKey.Parse(key, null)) || outer.MayTouch(SessionKey.Parse(key, null)))
        && (outer.IsRestricted ? inner.IsRestricted : true)
        && (outer.ExpiresAt is null || inner.ExpiresAt <= outer.ExpiresAt);
}
