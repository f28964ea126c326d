using Xopc.Channels.Accounts;
using Xopc.Channels.Intake;

namespace Xopc.Channels.Webchat;

/// <summary>The one account of webchat. Nothing is received here (clients ask the agents), so there is nothing that only one process may do.</summary>
/// <param name="OwnershipKey">Of each process its own.</param>
internal sealed record WebchatSettings(string OwnershipKey) : AccountSettings(WebchatChannel.Name, "default", OwnershipKey)
{
    public static WebchatSettings Of(string process) => new($"{WebchatChannel.Name}:{process}")
    {
        Name = "Console and API",
        Access = new AccessRules { DmPolicy = "open" }, // who may ask, the edge decides
        NotAfter = TimeSpan.FromDays(30), // words in a session bear their time: late ones startle nobody
    };
}
