using System.Security.Cryptography;
using System.Text;
using Xopc.Contracts;

namespace Xopc.Agents.Files;

/// <summary>
/// The folder of a session's files below <see cref="InboundFiles.Root"/>: its key with dots for colons. No segment of a key has a dot, so two sessions never
/// share a folder and the agent's name ends at the first dot.
/// </summary>
internal static class InboundFolder
{
    // A file name may have 255 bytes; a key may be longer.
    private const int MaxLength = 180;

    public static string Of(string sessionKey)
    {
        var name = sessionKey.Replace(':', '.');
        return name.Length <= MaxLength ? name : $"{name[..160]}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16]}";
    }

    /// <summary>The name that folders had before they had dots; two sessions could share one. Nothing is written there any more.</summary>
    public static string Former(string sessionKey) => sessionKey.Replace(':', '_')[..Math.Min(MaxLength, sessionKey.Length)];

    /// <summary>Whether the caller's limits admit the session whose folder this is.</summary>
    public static bool IsOpenTo(Principal caller, string folder) =>
        (caller.Agents is null || caller.Agents.Any(agent => folder.StartsWith(agent + ".", StringComparison.Ordinal)))
        && (caller.Sessions is null || caller.Sessions.Any(session => Of(session) == folder));
}
