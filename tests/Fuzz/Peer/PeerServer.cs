using ShaderJit.Compiler.Spirv;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Fuzz.Peer;

/// <summary>The other side of <see cref="PeerProcess"/>: runs what comes in on whatever driver the loader finds.</summary>
internal static unsafe class PeerServer
{
    public static int Serve()
    {
        using var from = new BinaryReader(Console.OpenStandardInput());
        using var to = new BinaryWriter(Console.OpenStandardOutput());
        using var plan = new EverythingPlan { ApiVersion = Vk.Version13 };
        using var device = new VulkanDevice(Vk.FromLoader(), plan: plan);
        while (true)
        {
            PeerRequest request;
            try
            {
                request = PeerRequest.Read(from);
            }
            catch (EndOfStreamException)
            {
                return 0;
            }

            Run(device, plan, request).Write(to);
        }
    }

    private static PeerReply Run(VulkanDevice device, EverythingPlan plan, PeerRequest request)
    {
        foreach (var capability in TestStage.Read(request.Words).Capabilities)
        {
            if (!plan.Supports(capability))
                return new PeerReply($"capability {capability}", []);
        }

        try
        {
            using var dispatch = new PeerDispatch(device, request);
            return new PeerReply("", dispatch.Run());
        }
        catch (VulkanFailure e)
        {
            return new PeerReply(e.Message, []);
        }
    }
}
