import { Module } from '@nestjs/common';
import { ImagesModule } from '../images/images.module';
import { ChatController } from './chat.controller';
import { ChatRenderer } from './chat.renderer';

/** OpenAI's chat completions, for programs that generate images in a chat. */
@Module({
  imports: [ImagesModule],
  controllers: [ChatController],
  providers: [ChatRenderer],
})
export class ChatModule {}
