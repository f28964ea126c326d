namespace Xopc.Channels.Intake;

/// <summary>Registers what takes messages in.</summary>
internal static class IntakeRegistration
{
    public static void AddIntake(this IHostApplicationBuilder builder)
    {
    }

    public static void MapIntake(this IEndpointRouteBuilder routes)
    {
    }
}
