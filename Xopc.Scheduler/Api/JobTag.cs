using System.Globalization;
using Microsoft.Net.Http.Headers;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Scheduler.Api;

/// <summary>The condition of a change: the header <c>If-Match</c> (RFC 9110, 13.1.1).</summary>
internal static class JobTag
{
    private const int MaxTags = 16;

    /// <summary>Whether a job of a version may be changed. A weak tag never matches.</summary>
    /// <exception cref="ApiException">The header cannot be understood.</exception>
    public static bool Accepts(HttpRequest request, long version)
    {
        var header = request.Headers.IfMatch;
        if (header.Count == 0)
        {
            return true;
        }

        if (!EntityTagHeaderValue.TryParseStrictList([.. header.OfType<string>()], out var tags) || tags.Count is 0 or > MaxTags)
        {
            throw new ApiException(ErrorCode.InvalidRequest, "If-Match must be *, or tags in quotes as ETag shows them");
        }

        var own = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
        return tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || (!tag.IsWeak && tag.Tag == own));
    }
}
