using Xopc.Contracts.Messages;
using Xopc.Messaging;

namespace Xopc.Gateway.Keys;

/// <summary>
/// Tells the other edges of the installation that a credential has ended. Never fails and never waits long: it is done where it counts, and who does not hear
/// of it finds it by their own look.
/// </summary>
internal sealed partial class RevocationNews(IControlBroadcast control, TimeProvider clock, ILogger<RevocationNews> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <param name="subject">A key's id, or <c>operator</c> for the main credential.</param>
    public async Task SendAsync(string subject)
    {
        try
        {
            await control.SendAsync(new ControlMessage(ControlKinds.Revoke, subject), CancellationToken.None).AsTask().WaitAsync(Patience, clock);
        }
        catch (Exception ex)
        {
            LogUnsent(ex);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The other edges were not told that a credential has ended; they find it by themselves")]
    private partial void LogUnsent(Exception exception);
}
