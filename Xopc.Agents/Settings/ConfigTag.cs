using Microsoft.Net.Http.Headers;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Settings;

/// <summary>The condition of a change: the header <c>If-Match</c> (RFC 9110, 13.1.1).</summary>
internal static class ConfigTag
{
    private const int MaxTags = 16;

    /// <summary>Whether a file of a hash may be changed; null without a condition. There is always a configuration, so <c>*</c> asks nothing.</summary>
    /// <exception cref="ApiException">The header cannot be understood.</exception>
    public static Func<string, bool>? Read(HttpRequest request)
    {
        var header = request.Headers.IfMatch;
        if (header.Count == 0)
        {
            return null;
        }

        if (!EntityTagHeaderValue.TryParseStrictList([.. header.OfType<string>()], out var tags) || tags.Count is 0 or > MaxTags)
        {
            throw new ApiException(ErrorCode.InvalidRequest, "If-Match must be *, or tags in quotes as ETag shows them");
        }

        if (tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any)))
        {
            return null;
        }

        // A weak tag says "much the same", which is not enough to change something: it never matches.
        string[] hashes = [.. tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString().Trim('"'))];
        return hash => hashes.Contains(hash, StringComparer.OrdinalIgnoreCase);
    }
}
