using Xopc.ServiceDefaults.Trust;

namespace Xopc.Gateway.Proxy;

/// <summary>Replaces the installation's signing key when it is thirty days old: looked at when the edge starts and every hour.</summary>
internal sealed partial class KeyRotation(InstallationKeys keys, TimeProvider clock, ILogger<KeyRotation> log) : BackgroundService
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    /// <summary>True where the key was replaced.</summary>
    public bool RotateIfOld()
    {
        try
        {
            if (keys.Age < Lifetime || !keys.Rotate(Lifetime))
            {
                return false;
            }

            LogRotated();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            LogFailed(e); // a full disk; the old key stays good
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pace = new PeriodicTimer(LookEvery, clock);
        do
        {
            RotateIfOld();
        }
        while (await pace.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The key that the installation's processes sign with was replaced; the last one is accepted until the next rotation.")]
    private partial void LogRotated();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The key that the installation's processes sign with is old and could not be replaced.")]
    private partial void LogFailed(Exception exception);
}
